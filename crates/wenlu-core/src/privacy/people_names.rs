//! Names of people after 我叫, 联系人, `my name is` and the like. In: a folded text and a cue. Out: the
//! range of the name. Must not know: what else is masked.
//!
//! A Chinese name has no mark of its own: a surname of the list, and one or two characters more.
//! Where a word follows without a sign, the list of such words decides between the two lengths.

use super::behind_cue::{CueReader, Found, behind_links, is_han};
use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind::Name;
use std::ops::Range;

/// `_` is a space.
pub(super) const CUES: &[(&str, CueReader)] = &[
    (
        "我的名字 我名字 姓名 联系人 聯絡人 联系人姓名 收件人 收货人 收貨人 寄件人 户名 戶名 开户名 \
         持卡人 本名 真名 实名 曾用名 本人 署名 实名认证 取件人 投保人 申请人 报名人 预约人 入住人 乘客 就诊人",
        after_label,
    ),
    (
        "我叫 名叫 他叫 她叫 公叫 婆叫 妈叫 爸叫 子叫 儿叫 女叫 友叫 事叫 哥叫 姐叫 弟叫 妹叫 人叫 东叫 板叫 \
         者叫 员叫 户叫 生叫 名字叫 名字是 姓名叫 人改成 人换成 人写 人填",
        called,
    ),
    (
        "法人 法定代表人 法人代表 户主 业主 负责人 管理员 经办人 代办人 店主 老板 房东 店长 对接人 运营者 操作人 \
         孩子 客户 机主 车主 担保人 紧急联系人 受益人 学生 患者 老公 老婆 爱人 朋友 同事",
        after_role,
    ),
    ("我是 这里是 这边是 叫我 称呼我", introduced),
    ("我姓 免贵姓 贵姓", surname_alone),
    ("my_name_is my_name's my_full_name_is", english),
    (
        "name contact recipient contact_name contact_person full_name attn cardholder account_name",
        english_label,
    ),
];

const SURNAMES: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛奚范彭郎\
鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安乐于傅皮卞齐康伍余顾孟黄穆萧尹姚邵湛汪祁毛狄臧\
戴谈宋茅庞熊纪舒屈祝董梁杜阮蓝闵季麻贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪解丁\
宣邓郁单杭洪包左石崔吉龚程嵇邢裴陆荣翁荀甄曲封芮储靳段富焦巴牧侯宓全班仰仲宫宁仇栾厉武符刘景詹龙叶黎溥印\
白蒲从鄂索赖卓蔺屠蒙池乔翟谭姬申冉桑桂牛尚柴瞿阎慕连习宦艾容向古易廖庾终衡步耿满匡国文寇广禄欧沃利蔚越夔隆\
师巩聂晁勾敖冷辛阚那简饶空曾沙养丰关查荆游肖闫涂付佘苟岳帅母商佟应代覃苑肯佐丛仝揭谷明冼冀官亓\
陳張劉黃吳趙孫鄭馮蔣韓楊許呂嚴華謝鄒蘇魯韋馬俞鮑費賀湯羅畢齊顧黃蕭龐紀賈顏鍾駱葉盧單龔陸榮聶寧關劉萬莊常兰庄温甘宗";

const DOUBLE_SURNAMES: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙",
    "司徒", "夏侯", "端木", "南宫", "澹台", "轩辕", "西门", "独孤", "百里", "呼延", "歐陽", "諸葛",
];

/// What begins like a name and is an ordinary word.
const WORDS: &[&str] = &[
    "常见", "常常", "常年", "常规", "常驻", "常温", "庄家", "庄园", "温度", "温馨", "温水", "宗教",
    "宗旨", "甘肃", "辛苦", "项链", "蓝色", "蓝牙", "游泳", "申请", "支付", "管理", "谢谢", "方式",
    "方法", "方面", "方便", "程序", "查询", "查看", "查一", "查不", "关闭", "关联", "关于", "关注",
    "关系", "何时", "何处", "何人", "马上", "金额", "金融", "单位", "单独", "单个", "单号", "安全",
    "安装", "安排", "安卓", "安徽", "常用", "常州", "高级", "高中", "高铁", "全部", "全名", "全是",
    "全都", "应该", "应用", "成功", "平台", "平时", "广告", "广东", "广州", "广西", "路径", "路由",
    "代理", "代表", "代码", "代办", "商家", "商户", "商城", "商品", "商务", "官方", "明天", "明白",
    "明明", "明细", "文件", "文章", "文字", "文本", "满意", "满足", "简单", "简称", "简介", "空白",
    "空的", "连接", "连续", "向您", "向你", "国家", "国内", "国外", "国际", "包括", "包含", "左右",
    "左边", "左侧", "封面", "封号", "段时", "富文", "车主", "车辆", "车牌", "班级", "宁波", "宁夏",
    "仇恨", "符合", "符号", "龙岩", "白天", "白色", "从来", "从哪", "从小", "从没", "索引", "索取",
    "尚未", "易用", "终于", "终端", "步骤", "利用", "越来", "师傅", "古代", "容易", "习惯", "艾特",
    "牛逼", "贾宝", "江苏", "江西", "江门", "黄金", "黄石", "黄山", "苏州", "温州", "杭州", "徐州",
    "郑州", "石家", "秦皇", "金华", "台州", "常德", "康复", "康宝", "乐意", "乐山", "于是", "余额",
    "毛病", "和我", "和你", "计算", "万一", "万元", "万能", "任何", "任务", "任意", "任职", "解除",
    "解决", "解绑", "解释", "解封", "宣传", "单纯", "洪水", "印象", "印刷", "印章", "越秀", "那个",
    "那么", "那我", "那里", "游戏", "游客", "付款", "付费", "付了", "应当", "母亲", "华为", "华东",
    "华南", "时候", "时间", "花了", "花钱", "花店", "乐队", "项目", "相同", "房东", "房间", "房子",
    "房产", "谷歌", "商标", "商铺", "许可", "许多", "严重", "严格", "章程", "范围", "史上", "康师",
    "马来", "景区", "武汉", "沙发", "池塘", "丰富", "养生", "查到", "查过", "冷静", "夏天", "夏令",
    "田径", "钟情", "卓越", "连锁", "易购", "国产", "明星", "文员", "文化", "文科", "向导", "金牌",
    "金色", "白领", "房客", "车间", "车险", "车票", "高校", "高手", "高管", "万达", "全职", "全国",
    "全家", "安保", "安检", "石油", "江湖", "沙县", "武术", "毛衣", "毛孩", "花卉", "花样", "方案",
    "方言", "段子", "官网", "官宣", "路过", "路人", "梅雨", "龙头", "龙虾", "牛奶", "牛肉", "谈谈",
    "计划", "包装", "包裹", "包邮", "雷达", "宋朝", "唐朝", "汤圆", "胡说", "胡同", "胡萝", "齐全",
    "车站", "空调", "应聘", "应急", "童装", "童话", "管家", "水果", "利息", "鲁菜", "景点", "单身",
    "单亲", "商人", "易感", "纪念", "纪录", "成都", "施工", "支持", "支架", "支出", "支行", "封装",
    "封闭", "师生", "尤其", "岳父", "岳母", "舒服", "盛大", "曾经", "储存", "储值", "储蓄", "富有",
    "焦虑", "巴士", "牧师", "侯车", "匡正", "利率", "充值",
];

/// Words that follow a name without a sign between.
const AFTER: &[&str] = &[
    "的",
    "是",
    "在",
    "和",
    "与",
    "跟",
    "想",
    "要",
    "我",
    "你",
    "您",
    "他",
    "她",
    "吗",
    "呢",
    "啊",
    "呀",
    "了",
    "不",
    "没",
    "请",
    "怎",
    "这",
    "那",
    "已",
    "还",
    "也",
    "都",
    "就",
    "被",
    "把",
    "给",
    "让",
    "用",
    "说",
    "问",
    "今天",
    "今年",
    "现",
    "该",
    "能",
    "可以",
    "什么",
    "手机",
    "电话",
    "身份",
    "住",
    "地址",
    "联系",
    "微信",
    "号码",
    "收不",
    "收到",
    "收货",
    "收件",
    "麻烦",
    "帮",
    "为什",
    "为何",
    "来自",
    "来的",
    "来咨",
    "来问",
    "有个",
    "有一",
    "来电",
    "先前",
    "因为",
    "但",
    "如何",
    "如果",
    "所以",
    "对",
    "从",
    "本人",
    "以前",
    "之前",
    "刚才",
    "刚刚",
    "昨",
    "前天",
    "登不",
    "登录",
    "登陆",
    "注册",
    "账",
    "帐",
    "绑",
    "先生",
    "女士",
    "小姐",
    "提交",
    "申请",
    "办理",
    "预约",
    "下单",
    "买了",
    "买的",
    "退款",
    "退货",
    "退不",
    "寄",
    "卡号",
    "工号",
    "编号",
    "谢谢",
    "性别",
    "年龄",
    "车牌",
    "护照",
    "邮箱",
    "银行",
    "离职",
    "无法",
    "换",
    "改",
    "填",
    "写",
    "订单",
    "快递",
    "以及",
    "或",
    "等",
    "之后",
    "以后",
    "找",
    "打",
    "名下",
    "名字",
    "密码",
    "资料",
    "信息",
    "一直",
    "总是",
    "又",
    "再",
    "只",
    "才",
    "去",
    "到",
    "去年",
    "上个",
    "上周",
    "上次",
    "明天",
    "后台",
    "小程序",
    "公众号",
    "qq",
];

const TITLES: &[&str] = &[
    "先生", "女士", "小姐", "经理", "老师", "师傅", "阿姨", "同学", "医生", "律师", "主任", "老板",
    "总", "工", "姐", "哥", "叔",
];

fn after_label(page: &FoldedText, cue: Range<usize>) -> Found {
    // 用户名, 客户名单
    let before = page.at(cue.start.wrapping_sub(1));
    if page.starts_with(cue.start, "户名") && before.is_some_and(|c| "用客帐账".contains(c)) {
        return None;
    }
    let (start, links) = behind_links(page, cue.end);
    let end = han_name(page, start, links == 0).or_else(|| capitalised(page, start))?;
    Some((start..end, Name))
}

/// 我叫 leads to nothing else: no word has to follow the name.
fn called(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, _) = behind_links(page, cue.end);
    let end = han_name(page, start, false).or_else(|| capitalised(page, start))?;
    Some((start..end, Name))
}

fn after_role(page: &FoldedText, cue: Range<usize>) -> Found {
    let (start, links) = behind_links(page, cue.end);
    let end = han_name(page, start, links == 0)?;
    // 穷孩子富孩子: without a sign, only what goes on behind a name shows that there was one
    let clear = links > 0 || goes_on(page, end);
    clear.then_some((start..end, Name))
}

/// 我是 leads to a name only where nothing but a name can stand.
fn introduced(page: &FoldedText, cue: Range<usize>) -> Found {
    let start = page.run_end(cue.end, |c| " :".contains(c));
    let end = han_name(page, start, true)?;
    let clear =
        !page.at(end).is_some_and(is_han) || (goes_on(page, end) && !page.starts_with(end, "的"));
    let last = page.at(end - 1)?;
    let ends_like_a_name = !"人员的户者店家方号机吗呢吧了啊么级校款版族民迷粉商品".contains(last);
    let titled = TITLES.iter().any(|title| ends_with(page, end, title));
    (clear && (ends_like_a_name || titled)).then_some((start..end, Name))
}

/// Whether a word follows that goes on behind a name.
fn goes_on(page: &FoldedText, at: usize) -> bool {
    AFTER.iter().any(|word| page.starts_with(at, word))
}

fn ends_with(page: &FoldedText, end: usize, word: &str) -> bool {
    end.checked_sub(word.chars().count())
        .is_some_and(|at| page.starts_with(at, word))
}

fn surname_alone(page: &FoldedText, cue: Range<usize>) -> Found {
    let start = cue.end;
    let end = start + surname(page, start)?;
    let title = TITLES.iter().find(|title| page.starts_with(end, title));
    let end = end + title.map_or(0, |title| title.chars().count());
    let name = !page.at(end).is_some_and(is_han) || goes_on(page, end);
    (name || title.is_some()).then_some((start..end, Name))
}

/// How many characters of a surname stand at `at`.
fn surname(page: &FoldedText, at: usize) -> Option<usize> {
    if DOUBLE_SURNAMES
        .iter()
        .any(|name| page.starts_with(at, name))
    {
        return Some(2);
    }
    page.at(at)
        .filter(|c| is_han(*c) && SURNAMES.contains(*c))
        .map(|_| 1)
}

/// The end of the Chinese name that begins at `at`. `bare`: nothing but the cue stands before it,
/// so an ordinary word is likelier.
fn han_name(page: &FoldedText, at: usize, bare: bool) -> Option<usize> {
    let run = page.run_end(at, is_han).min(at + 8);
    if let Some(end) = dotted(page, at, run) {
        return Some(end);
    }
    if let Some(end) = familiar(page, at, run) {
        return Some(end);
    }
    let family = surname(page, at)?;
    // behind a sign three characters are a name even where two of them are a word
    let alone = !bare && run - at == 3;
    if !alone && WORDS.iter().any(|word| page.starts_with(at, word)) {
        return None;
    }
    let given = at + family;
    if let Some(title) = TITLES.iter().find(|title| page.starts_with(given, title)) {
        let end = given + title.chars().count();
        let whole = title.chars().count() > 1 || !page.at(end).is_some_and(is_han);
        if whole || goes_on(page, end) {
            return Some(end);
        }
    }
    let length = run - given;
    let follows = |at: usize| goes_on(page, at);
    match length {
        0 => None,
        1 | 2 if !follows(given) || !bare => Some(run),
        1 | 2 => None,
        _ if follows(given) => None,
        _ if follows(given + 1) => Some(given + 1),
        // 联系人高兴得不得了: a sentence goes on where a name would have ended
        _ if bare && !follows(given + 2) && page.at(run).is_some_and(is_han) => None,
        _ => Some(given + 2),
    }
}

/// 古丽·买买提: two parts, and a dot between them that nothing else has.
fn dotted(page: &FoldedText, at: usize, run: usize) -> Option<usize> {
    let mut end = run;
    while end > at && page.at(end) == Some('·') && page.at(end + 1).is_some_and(is_han) {
        end = page.run_end(end + 1, is_han).min(end + 8);
    }
    (end > run).then_some(end)
}

/// 小王, 老张, 阿强.
fn familiar(page: &FoldedText, at: usize, run: usize) -> Option<usize> {
    let first = page.at(at).filter(|c| "小老阿".contains(*c))?;
    let known = surname(page, at + 1).is_some() || first == '阿';
    let alone = run == at + 2 || goes_on(page, at + 2);
    let word = WORDS.iter().any(|word| page.starts_with(at + 1, word));
    (known && alone && run >= at + 2 && !word).then_some(at + 2)
}

fn english(page: &FoldedText, cue: Range<usize>) -> Found {
    const OTHERS: &[&str] = &[
        "not",
        "wrong",
        "rejected",
        "on",
        "in",
        "too",
        "already",
        "the",
        "a",
        "an",
        "no",
        "taken",
        "correct",
        "incorrect",
        "misspelled",
        "spelled",
        "missing",
        "different",
        "being",
        "still",
        "used",
        "listed",
        "what",
        "showing",
        "invalid",
        "also",
        "so",
        "now",
        "very",
    ];
    let start = page.run_end(cue.end, |c| c == ' ' || c == ':');
    let word = page.lower(start..page.run_end(start, |c| c.is_ascii_alphabetic()));
    if word.len() < 2 || OTHERS.contains(&word.as_str()) {
        return capitalised(page, start)
            .filter(|_| !OTHERS.contains(&word.as_str()))
            .map(|end| (start..end, Name));
    }
    let first = page.run_end(start, |c| c.is_ascii_alphabetic() || "-'".contains(c));
    let more = page
        .at(first)
        .filter(|c| *c == ' ')
        .and_then(|_| capitalised(page, first + 1));
    Some((start..more.unwrap_or(first), Name))
}

fn english_label(page: &FoldedText, cue: Range<usize>) -> Found {
    let signs = page.run_end(cue.end, |c| " :=".contains(c));
    let start = if page.starts_with(signs, "is ") {
        signs + 3
    } else {
        signs
    };
    let named = page.slice(cue.end..start).iter().any(|c| *c != ' ');
    let end = named.then(|| capitalised(page, start).or_else(|| han_name(page, start, true)))??;
    Some((start..end, Name))
}

/// The end of one to three words that begin in upper case: `John Smith`, `Mary-Ann O'Neill`.
fn capitalised(page: &FoldedText, at: usize) -> Option<usize> {
    let mut end = None;
    let mut next = at;
    for _ in 0..3 {
        if !page.at(next).is_some_and(|c| c.is_ascii_uppercase()) {
            break;
        }
        let last = page.run_end(next, |c| c.is_ascii_alphabetic() || "'-.".contains(c));
        let last = page.run_start(last, |c| ".-'".contains(c)).max(next + 1);
        // ID, API: an abbreviation is no name
        let small = page.slice(next..last).iter().any(char::is_ascii_lowercase);
        if !small && end.is_none() {
            return None;
        }
        end = Some(last);
        if page.at(last) != Some(' ') {
            break;
        }
        next = last + 1;
    }
    end
}
