//! Knowledge made by rule, for measuring. In: how many intents and examples. Out: a folder that the loader accepts. Each
//! intent does one thing to one object (补办会员卡), so that intents overlap as they do in a real help centre: an example
//! shares its object with 24 other intents and its action with 39.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// What people call a thing; the words of a row are synonyms.
const OBJECTS: [&[&str]; 40] = [
    &["会员卡", "贵宾卡"],
    &["电子发票", "发票"],
    &["优惠券", "代金券"],
    &["快递单", "运单"],
    &["收货地址", "送货地址"],
    &["银行卡", "储蓄卡"],
    &["手机号", "电话号码"],
    &["身份证", "证件"],
    &["营业执照", "执照"],
    &["房产证"],
    &["驾驶证", "驾照"],
    &["医保卡", "社保卡"],
    &["公交卡", "交通卡"],
    &["停车证", "车位证"],
    &["图书证", "借书证"],
    &["门禁卡", "门卡"],
    &["工作证", "工牌"],
    &["护照"],
    &["签证"],
    &["火车票", "车票"],
    &["飞机票", "机票"],
    &["电影票"],
    &["演出票", "门票"],
    &["酒店订单", "房间预订"],
    &["外卖订单", "外卖"],
    &["购物订单", "订单"],
    &["保险单", "保单"],
    &["理赔单", "理赔"],
    &["贷款合同", "借款合同"],
    &["租房合同", "租约"],
    &["劳动合同", "用工合同"],
    &["工资单", "薪资单"],
    &["公积金账户", "公积金"],
    &["养老金账户", "养老金"],
    &["宽带套餐", "宽带"],
    &["流量包"],
    &["电费户号", "电表"],
    &["水费户号", "水表"],
    &["燃气表", "煤气表"],
    &["学生证", "学籍卡"],
];

const ACTIONS: [&[&str]; 25] = [
    &["申请", "办理"],
    &["取消", "撤销"],
    &["修改", "更改"],
    &["查询", "查看"],
    &["退掉", "退"],
    &["冻结", "停用"],
    &["解冻", "恢复使用"],
    &["补办", "重办"],
    &["转让", "转给别人"],
    &["续期", "延长"],
    &["激活", "启用"],
    &["注销", "销掉"],
    &["绑定", "关联"],
    &["解绑", "解除关联"],
    &["打印", "打出来"],
    &["下载", "存下来"],
    &["寄送", "邮寄"],
    &["合并", "并到一起"],
    &["拆分", "分开"],
    &["升级"],
    &["降级"],
    &["挂失", "报丢失"],
    &["核验", "验证"],
    &["代办", "帮别人弄"],
    &["加急", "快点办"],
];

/// Whose it is; what comes after the first thousand intents tells these apart.
const WHOSE: [&str; 10] = [
    "",
    "公司的",
    "学校的",
    "海外",
    "老人的",
    "团体",
    "临时",
    "旧版",
    "线上",
    "加盟商的",
];

const QUESTIONS: [&str; 24] = [
    "{o}怎么{a}",
    "怎么{a}{o}",
    "我想{a}{o}",
    "{o}能不能{a}",
    "可以{a}{o}吗",
    "在哪里{a}{o}",
    "{a}{o}需要什么材料",
    "{a}{o}要多久",
    "{o}{a}的流程是什么",
    "帮我{a}一下{o}",
    "为什么{o}{a}不了",
    "{o}{a}失败了怎么办",
    "网上能{a}{o}吗",
    "手机上怎么{a}{o}",
    "{a}{o}要钱吗",
    "我的{o}要{a}找谁",
    "家里老人的{o}想{a}",
    "公司的{o}如何{a}",
    "{o}{a}之后多久生效",
    "昨天{a}的{o}还没好",
    "急着{a}{o}，最快什么时候",
    "没有原件还能{a}{o}吗",
    "{o}到期了怎么{a}",
    "第一次{a}{o}，不知道从哪开始",
];

const OPENINGS: [&str; 6] = ["", "", "", "请问", "你好，", "那个，"];
const CLOSINGS: [&str; 6] = ["", "", "？", "啊", "，谢谢", "呢"];

/// Writes `intents` intents of `examples` examples each; the same call writes the same files.
pub(crate) fn write_folder(root: &Path, intents: usize, examples: usize) -> io::Result<()> {
    fs::create_dir_all(root.join("intents"))?;
    fs::create_dir_all(root.join("content/zh"))?;
    let mut random = Random(0x5eed);
    for number in 0..intents {
        let whose = WHOSE[number / (OBJECTS.len() * ACTIONS.len()) % WHOSE.len()];
        let object: Vec<String> = OBJECTS[number % OBJECTS.len()]
            .iter()
            .map(|word| format!("{whose}{word}"))
            .collect();
        let object: &[&str] = &object.iter().map(String::as_str).collect::<Vec<_>>();
        let action = ACTIONS[number / OBJECTS.len() % ACTIONS.len()];
        let said = say(&mut random, object, action, examples + 2);
        let near = say(
            &mut random,
            object,
            ACTIONS[(number / OBJECTS.len() + 1) % ACTIONS.len()],
            1,
        );
        let (examples, tests) = said.split_at(examples);
        let id = format!("{}-{}", number / OBJECTS.len(), number % OBJECTS.len());
        let (title, list) = (format!("怎么{}{}", action[0], object[0]), quoted(examples));
        let tests: String = tests
            .iter()
            .map(|say| format!("[[test]]\nsay = \"{say}\"\n"))
            .collect();
        let keyword = format!("{} + {}", object[0], action[0]);
        let intent = format!(
            "title = \"{title}\"\nexamples = [\n{list}]\nnot = [\n{}]\nkeywords = [\"{keyword}\"]\n\
             [follow_up]\n\"要多久\" = \"#how-long\"\n{tests}",
            quoted(&near)
        );
        fs::write(root.join(format!("intents/{id}.toml")), intent)?;
        let reply = format!(
            "# {title}\n\n1. 打开首页。\n2. 选择{}。\n\n## 要多久 {{#how-long}}\n\n三天。\n",
            object[0]
        );
        fs::write(root.join(format!("content/zh/{id}.md")), reply)?;
    }
    let groups: String = OBJECTS
        .iter()
        .chain(&ACTIONS)
        .filter(|g| g.len() > 1)
        .map(|g| format!("  {g:?},\n"))
        .collect();
    fs::write(
        root.join("intents/lexicon.toml"),
        format!(
            "generic = [\"怎么\", \"办理\"]\nfiller = [\"请问\", \"你好\", \"谢谢\"]\nsynonyms = [\n{groups}]\n"
        ),
    )?;
    fs::write(
        root.join("intents/out-of-scope.toml"),
        "examples = [\"今天天气怎么样\", \"讲个笑话\"]\n",
    )
}

/// `count` different messages about doing `action` to `object`.
fn say(random: &mut Random, object: &[&str], action: &[&str], count: usize) -> Vec<String> {
    let mut bare = BTreeSet::new();
    let mut out = Vec::new();
    while out.len() < count {
        let question = random
            .pick(&QUESTIONS)
            .replace("{o}", random.pick(object))
            .replace("{a}", random.pick(action));
        let message = format!(
            "{}{question}{}",
            random.pick(&OPENINGS),
            random.pick(&CLOSINGS)
        );
        // what the loader takes for the same wording
        if bare.insert(message.trim_end_matches('？').to_owned()) {
            out.push(message);
        }
    }
    out
}

fn quoted(texts: &[String]) -> String {
    texts
        .iter()
        .map(|text| format!("  \"{text}\",\n"))
        .collect()
}

/// splitmix64
struct Random(u64);

impl Random {
    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        list[((x ^ (x >> 31)) % list.len() as u64) as usize]
    }
}
