//! Sentences as people write them to a service desk, with what is personal in each, from a seed. The word lists are this
//! file's own: nothing of them is read from the lists that masking goes by. Every second template is held out: what masking
//! was developed on are the others, and the held-out half was measured when that was done.

use std::ops::Range;

/// Which templates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Half {
    Developed,
    HeldOut,
}

/// A sentence, and the places of what is personal in it.
pub(crate) struct Sentence {
    pub text: String,
    pub personal: Vec<(&'static str, Range<usize>)>,
}

/// `count` sentences of the half; the same for the same seed.
pub(crate) fn sentences(half: Half, count: usize, seed: u64) -> Vec<Sentence> {
    let parity = usize::from(half == Half::HeldOut);
    let templates: Vec<&str> = TEMPLATES
        .iter()
        .enumerate()
        .filter(|(at, _)| at % 2 == parity)
        .map(|(_, template)| *template)
        .collect();
    let mut chance = Chance(seed);
    (0..count)
        .map(|at| fill(templates[at % templates.len()], half, &mut chance))
        .collect()
}

fn fill(template: &str, half: Half, chance: &mut Chance) -> Sentence {
    let mut text = String::new();
    let mut personal = Vec::new();
    let mut rest = template;
    while let Some((before, (kind, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        text += before;
        let start = text.len();
        text += &value(kind, half, chance);
        let kind = KINDS.iter().find(|known| **known == kind);
        personal.push((kind.copied().unwrap_or("?"), start..text.len()));
        rest = after;
    }
    text += rest;
    Sentence { text, personal }
}

const KINDS: &[&str] = &[
    "name", "english", "address", "wechat", "qq", "landline", "short", "abroad", "order", "plate",
    "passport", "permit", "hongkong", "id15", "id", "card", "password", "code", "key", "phone",
];

const TEMPLATES: &[&str] = &[
    "我叫{name}，手机{phone}，一直收不到验证码",
    "你好我叫{name}，想问下怎么换绑",
    "联系人：{name}，电话{phone}",
    "联系人{name} 地址{address}",
    "收件人是{name}，{phone}，{address}",
    "收货人：{name}\n收货地址：{address}",
    "姓名{name} 身份证号{id} 麻烦查一下",
    "姓名：{name}，身份证：{id}",
    "法人是{name}，现在要换人",
    "法定代表人：{name}，身份证号码是{id15}",
    "我是{name}，昨天打过电话",
    "我是{name}。上次的事还没处理",
    "叫我{name}就行",
    "本人{name}，申请注销帐号",
    "户名{name}，卡号{card}，为什么打不进来",
    "开户名：{name} 银行卡号：{card}",
    "持卡人{name}，银行卡{card}，提示不符",
    "我的卡号是{card}你帮我看看哪里错了",
    "信用卡卡号 {card} 绑定失败",
    "卡号写错了，应该是{card}",
    "身份证{id}，系统说我已经注册过",
    "我身份证号是{id}，怎么会查不到",
    "老身份证号{id15}还能认证吗",
    "证件号码：{id15}",
    "地址改成{address}可以吗",
    "收货地址：{address}，别送错了",
    "我住在{address}，附近有门店吗",
    "家住{address}，能不能上门",
    "请寄到{address}，谢谢",
    "帮我送到{address}",
    "营业执照的地址是{address}，和后台的不一样",
    "我的地址：{address}",
    "{address}，这个地址为什么定位不到",
    "发票邮寄到{address}，收件人{name}",
    "门店在{address}，审核不通过",
    "公司在{address}怎么改",
    "加我微信{wechat}聊",
    "我的微信号是{wechat}，被封了",
    "微信号：{wechat}",
    "微信号{wechat}登不上去了",
    "微信：{wechat}，有空加一下",
    "vx：{wechat}",
    "加我vx {wechat} 详谈",
    "wx: {wechat} 加我",
    "QQ{qq}，发我邮箱也行",
    "qq号是{qq}",
    "QQ：{qq}",
    "我的扣扣{qq}，加一下",
    "QQ号码 {qq} 绑定了公众号",
    "加q{qq}",
    "公司座机{landline}，没人接",
    "请打{landline}找我",
    "电话：{landline}，白天都在",
    "固话 {landline} 收不到语音验证码",
    "座机是{short}",
    "传真：{landline}",
    "联系电话{short}",
    "我在香港，电话{abroad}",
    "手机是{abroad}，能注册吗",
    "call me at {abroad} please",
    "订单号{order}，到现在没发货",
    "订单号：{order} 怎么退",
    "订单编号是{order}，麻烦看一下",
    "单号{order}查不到物流",
    "快递单号：{order}",
    "运单号{order}显示签收了我没收到",
    "微信支付交易单号{order}，退款没到",
    "商户单号：{order}",
    "order number: {order}, where is it",
    "流水号是{order}",
    "车牌{plate}，停车费多扣了",
    "我的车是{plate}，缴费失败",
    "{plate}这个车绑不上",
    "车牌号：{plate}",
    "护照号{passport}，认证一直不过",
    "护照：{passport}",
    "我用护照{passport}注册的，怎么换成身份证",
    "passport number {passport}",
    "港澳通行证号码{permit}",
    "我是台湾人，台胞证{permit}怎么实名",
    "回乡证{permit}可以认证吗",
    "通行证号是{permit}，提示格式错误",
    "香港身份证{hongkong}",
    "我的身份证是{hongkong}，为什么说无效",
    "密码是{password}，还是登不上",
    "登录密码：{password}",
    "我密码改成了{password}怎么还是提示错误",
    "帐号{phone}密码{password}，帮我登一下",
    "password: {password} not working",
    "支付密码是{password}被别人知道了怎么办",
    "开机密码 {password}",
    "口令是{password}",
    "验证码是{code}，为什么说过期",
    "收到的验证码：{code}",
    "私钥是这个：{key}",
    "{key} 这样填对吗",
    "证书私钥贴给你\n{key}\n还是报错",
    "服务端的key：{key}",
    "My name is {english}, I cannot log in",
    "my name is {english} and my phone is {phone}",
    "Name: {english}\nPhone: {phone}",
    "Recipient: {english}",
    "负责人：{name}，管理员：{name}",
    "管理员是{name}，已经离职了",
    "经办人：{name}，电话{phone}",
    "运营者叫{name}，要换成{phone}",
    "我老公叫{name}，用他的身份证{id}可以吗",
    "孩子叫{name}，户口本上的号{id}",
    "以前的管理员走了，座机{landline}，联系人换成{name}",
    "紧急联系人：{name} {phone}",
    "寄件人{name}，{phone}，{address}，单号{order}",
    "收件人:{name} 电话:{phone} 地址:{address}",
    "收件人：{name}（公司），订单{order}",
    "户籍地址：{address}，身份证{id}",
    "实名认证填的姓名是{name}，证件号{id}",
    "我名字叫{name}不是别的，改不了名",
    "真名{name}，微信{wechat}",
    "预约人{name}，车牌{plate}",
    "投保人：{name}，护照号码：{passport}",
    "申请人{name}申请开通，电话{landline}",
];

fn value(kind: &str, half: Half, chance: &mut Chance) -> String {
    match kind {
        "name" => name(half, chance),
        "english" => {
            let [first, last] = ENGLISH[usize::from(half == Half::HeldOut)];
            format!("{} {}", chance.pick(first), chance.pick(last))
        }
        "address" => address(half, chance),
        "wechat" => wechat(chance),
        "qq" => format!("{}{}", 1 + chance.below(9), chance.digits_between(5, 9)),
        "landline" => landline(chance),
        "short" => format!("{}{}", 2 + chance.below(7), chance.digits_between(6, 7)),
        "abroad" => abroad(chance),
        "order" => order(chance),
        "plate" => plate(chance),
        "passport" => match chance.below(3) {
            0 => format!("E{}", chance.digits(8)),
            1 => format!("E{}{}", chance.one("ABCDEFGH"), chance.digits(7)),
            _ => format!("G{}", chance.digits(8)),
        },
        "permit" => {
            let letter = chance.pick(&["C", "CA", "W", "H", "M", "T", "L", ""]);
            format!("{letter}{}", chance.digits(8))
        }
        "hongkong" => {
            let last = chance.one("0123456789A");
            format!(
                "{}{}({last})",
                chance.one("ABCDEFGHKMPRVYZ"),
                chance.digits(6)
            )
        }
        "id15" => format!(
            "{}{:02}{:02}{:02}{}",
            chance.pick(REGIONS),
            35 + chance.below(60),
            1 + chance.below(12),
            1 + chance.below(28),
            chance.digits(3)
        ),
        "id" => id(chance),
        "card" => card(chance),
        "password" => password(chance),
        "code" => chance.digits_between(4, 6),
        "key" => key(chance),
        _ => format!("1{}{}", 3 + chance.below(7), chance.digits(9)),
    }
}

const REGIONS: &[&str] = &[
    "110101", "310115", "440305", "510107", "330106", "420106", "610113",
];

/// By half: given names in full; nobody of one list is in the other.
const NAMES: [&[&str]; 2] = [
    &[
        "王小明",
        "李娜",
        "张伟",
        "刘洋",
        "陈静怡",
        "杨帆",
        "赵雅琴",
        "黄志强",
        "周杰",
        "吴倩",
        "徐丽华",
        "孙浩然",
        "胡歌",
        "朱德海",
        "高圆圆",
        "林志玲",
        "何炅",
        "郭德纲",
        "马冬梅",
        "罗永浩",
        "梁家辉",
        "宋江",
        "郑爽",
        "谢霆锋",
        "韩雪",
        "唐嫣",
        "冯小刚",
        "于谦",
        "董洁",
        "萧敬腾",
        "程潇",
        "曹颖",
        "袁隆平",
        "邓超",
        "许晴",
        "傅园慧",
        "沈腾",
        "曾志伟",
        "彭于晏",
        "吕布",
        "欧阳娜娜",
        "司马懿",
        "上官婉儿",
        "王女士",
        "李先生",
        "张经理",
        "小王",
        "老李",
        "阿强",
        "古丽·买买提",
        "易建联",
        "金星",
        "石磊",
        "方文山",
        "万茜",
        "安以轩",
        "康辉",
        "文章伟",
        "白百何",
        "钱多多",
    ],
    &[
        "王建国",
        "李芳",
        "张晓红",
        "刘德宝",
        "陈思",
        "杨紫怡",
        "赵鹏",
        "黄晓晓",
        "周星",
        "吴亦帆",
        "徐静",
        "孙悦",
        "胡军",
        "朱自强",
        "高晓",
        "林黛玉",
        "何洁",
        "郭靖",
        "马化云",
        "罗成",
        "梁静",
        "宋佳",
        "郑成",
        "谢娜",
        "韩梅梅",
        "唐僧",
        "冯巩",
        "于敏",
        "董卿",
        "萧峰",
        "程蝶衣",
        "曹操",
        "袁弘",
        "邓丽",
        "许仙",
        "傅雷",
        "沈从",
        "曾国",
        "彭磊",
        "吕蒙",
        "诸葛亮",
        "慕容复",
        "东方不败",
        "陈小姐",
        "周老师",
        "刘总",
        "小张",
        "老赵",
        "阿珍",
        "艾克拜尔·米吉提",
        "易中天",
        "金庸",
        "石光荣",
        "方世玉",
        "万科长",
        "安妮",
        "康熙来",
        "文静",
        "白展堂",
        "钱学",
    ],
];

fn name(half: Half, chance: &mut Chance) -> String {
    chance
        .pick(NAMES[usize::from(half == Half::HeldOut)])
        .to_owned()
}

const ENGLISH: [[&[&str]; 2]; 2] = [
    [
        &["John", "Mary", "Wei", "Anna-Lena", "Tom", "Priya"],
        &["Smith", "O'Neill", "Zhang", "Garcia", "Brown", "Nguyen"],
    ],
    [
        &["Peter", "Lucy", "Xiaoming", "Jean-Luc", "Ahmed", "Sofia"],
        &["Miller", "McDonald", "Li", "Rossi", "Khan", "Tanaka"],
    ],
];

const CITIES: [&[&str]; 2] = [
    &[
        "北京市朝阳区",
        "上海市浦东新区",
        "广东省深圳市南山区",
        "杭州市西湖区",
        "成都武侯区",
        "江苏省南京市鼓楼区",
        "武汉市洪山区",
        "重庆市渝北区",
        "海淀区",
        "广州天河区",
        "陕西省西安市雁塔区",
        "",
    ],
    &[
        "北京市西城区",
        "上海市静安区",
        "广东省佛山市禅城区",
        "宁波市鄞州区",
        "长沙岳麓区",
        "山东省青岛市市南区",
        "郑州市金水区",
        "天津市和平区",
        "徐汇区",
        "厦门思明区",
        "云南省昆明市盘龙区",
        "",
    ],
];

const ROADS: [&[&str]; 2] = [
    &[
        "建国路",
        "中山北路",
        "科技园南区",
        "文三路",
        "人民南路四段",
        "解放大道",
        "学院街",
        "世纪大道",
        "龙华镇民治村",
        "长安街",
        "发展大道",
        "和平里",
    ],
    &[
        "复兴门外大街",
        "延安西路",
        "季华五路",
        "天童北路",
        "麓谷大道",
        "香港中路",
        "花园路",
        "卫津南路",
        "华泾镇东湾村",
        "湖滨南路",
        "北京路",
        "万达西街",
    ],
];

fn address(half: Half, chance: &mut Chance) -> String {
    let at = usize::from(half == Half::HeldOut);
    let house = match chance.below(7) {
        0 => format!("{}号", 1 + chance.below(900)),
        1 => format!(
            "{}号{}栋{}室",
            1 + chance.below(300),
            1 + chance.below(20),
            101 + chance.below(900)
        ),
        2 => format!(
            "{}弄{}号{}室",
            1 + chance.below(900),
            1 + chance.below(60),
            101 + chance.below(800)
        ),
        3 => format!(
            "{}号院{}号楼{}单元{}",
            1 + chance.below(90),
            1 + chance.below(20),
            1 + chance.below(6),
            101 + chance.below(900)
        ),
        4 => format!(
            "{}号{}大厦{}层",
            1 + chance.below(900),
            chance.pick(&["国贸", "创业", "华润"]),
            1 + chance.below(40)
        ),
        5 => format!(
            "{}号{}小区{}栋",
            1 + chance.below(900),
            chance.pick(&["阳光", "万科", "碧桂园"]),
            1 + chance.below(30)
        ),
        _ => format!(
            "{}号{}幢",
            chance.pick(&["十二", "二十八", "一百零六", "九"]),
            1 + chance.below(20)
        ),
    };
    format!(
        "{}{}{house}",
        chance.pick(CITIES[at]),
        chance.pick(ROADS[at])
    )
}

fn wechat(chance: &mut Chance) -> String {
    let word = chance.pick(&[
        "xiaoming",
        "lily",
        "zhang_wei",
        "happy-cat",
        "k",
        "sunny",
        "abc",
        "wlxh",
    ]);
    let digits = chance.digits_between(4, 6);
    match chance.below(3) {
        0 => format!("{word}{digits}"),
        1 => format!("{word}_{digits}"),
        _ => format!("{}{word}{digits}", chance.one("abcdhjklqwz")),
    }
}

fn landline(chance: &mut Chance) -> String {
    let (area, own) = match chance.below(4) {
        0 => ("010", 7),
        1 => (chance.pick(&["021", "020", "028", "027", "025"]), 7),
        2 => (chance.pick(&["0755", "0571", "0532"]), 7),
        _ => (chance.pick(&["0553", "0817", "0937"]), 6),
    };
    let digits = format!("{}{}", 2 + chance.below(7), chance.digits(own));
    match chance.below(5) {
        0 | 1 => format!("{area}-{digits}"),
        2 => format!("{area} {digits}"),
        3 => format!("({area}){digits}"),
        _ => format!("{area}{digits}"),
    }
}

fn abroad(chance: &mut Chance) -> String {
    let four = chance.digits(4);
    match chance.below(5) {
        0 => format!("+852 {}{} {four}", 5 + chance.below(5), chance.digits(3)),
        1 => format!("+8869{}", chance.digits(8)),
        2 => format!("+1 415 555 {four}"),
        3 => format!("+44 7911 {}", chance.digits(6)),
        _ => format!("+65-8{}-{four}", chance.digits(3)),
    }
}

fn order(chance: &mut Chance) -> String {
    match chance.below(6) {
        0 => format!(
            "2024{:02}{:02}{}",
            1 + chance.below(12),
            1 + chance.below(28),
            chance.digits(8)
        ),
        1 => format!("4200{}", chance.digits(24)),
        2 => format!("SF{}", chance.digits(13)),
        3 => format!("{}-{}", chance.digits(6), chance.digits(8)),
        4 => format!("YT{}", chance.digits(13)),
        _ => chance.digits(12),
    }
}

fn plate(chance: &mut Chance) -> String {
    let place = chance.one("京沪粤浙苏川鄂渝鲁豫");
    let dot = chance.pick(&["", "", "·", " "]);
    let letter = chance.one("ABCDE");
    match chance.below(3) {
        0 => format!("{place}{letter}{dot}{}", chance.digits(5)),
        1 => format!(
            "{place}{letter}{dot}{}{}",
            chance.one("QNPK"),
            chance.digits(4)
        ),
        _ => format!("{place}{letter}{dot}D{}", chance.digits(5)),
    }
}

/// Of any check digit, as people mistype them.
fn id(chance: &mut Chance) -> String {
    let (region, serial) = (chance.pick(REGIONS), chance.digits(3));
    let born = format!(
        "{}{:02}{:02}",
        1950 + chance.below(60),
        1 + chance.below(12),
        1 + chance.below(28)
    );
    let check = chance.one("0123456789X");
    match chance.below(4) {
        0 => format!("{region} {born} {serial}{check}"),
        _ => format!("{region}{born}{serial}{check}"),
    }
}

fn card(chance: &mut Chance) -> String {
    let length = chance.pick(&["16", "19", "17", "18"]).parse().unwrap_or(16);
    let digits = format!("62{}", chance.digits(length - 2));
    if chance.below(3) > 0 {
        return digits;
    }
    let digits: Vec<char> = digits.chars().collect();
    let fours: Vec<String> = digits.chunks(4).map(|four| four.iter().collect()).collect();
    fours.join(" ")
}

fn password(chance: &mut Chance) -> String {
    let digits = chance.digits_between(4, 6);
    match chance.below(5) {
        0 => format!("abc{digits}"),
        1 => format!("Zhang@{digits}"),
        2 => format!("{digits}{}", chance.digits(4)),
        3 => format!("Qwer{digits}!"),
        _ => format!("woaini{digits}"),
    }
}

fn key(chance: &mut Chance) -> String {
    let name = chance.pick(&["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"]);
    let lines: Vec<String> = (0..3).map(|_| chance.from(BASE64, 64)).collect();
    format!(
        "-----BEGIN {name}-----\nMII{}\n-----END {name}-----",
        lines.join("\n")
    )
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// splitmix64
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn one(&mut self, alphabet: &str) -> char {
        let at = self.below(alphabet.chars().count());
        alphabet.chars().nth(at).unwrap_or_default()
    }

    pub(crate) fn from(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| self.one(alphabet)).collect()
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.from("0123456789", length)
    }

    fn digits_between(&mut self, least: usize, most: usize) -> String {
        let length = least + self.below(most - least + 1);
        self.digits(length)
    }
}
