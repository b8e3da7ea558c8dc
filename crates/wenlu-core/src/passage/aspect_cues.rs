//! The table of aspects. In: nothing. Out: for each aspect the words that ask about it and the
//! words that tell it, Chinese and English. Must not know: topics; the words hold for any knowledge.

use super::aspect::AspectCues;

const fn open(
    zh: &'static str,
    en: &'static str,
    asks: &'static str,
    tells: &'static str,
) -> AspectCues {
    AspectCues {
        zh,
        en,
        is_strict: false,
        asks,
        tells,
    }
}

const fn strict(
    zh: &'static str,
    en: &'static str,
    asks: &'static str,
    tells: &'static str,
) -> AspectCues {
    AspectCues {
        is_strict: true,
        ..open(zh, en, asks, tells)
    }
}

/// All aspects, at most 64. Names follow 关于 and "about".
#[rustfmt::skip]
pub(super) const ASPECT_CUES: &[AspectCues] = &[
    strict("需要多长时间", "how long it takes",
        "多久|多旧|多长时间|几天|几个工作日|多少天|多少个工作日|几个月|几时|要等|等几|什么时候能|什么时候有|什么时候会|什么时候出|\
         何时能|何时有|何时会|时效|期限|多快|how long|how many days|how many working days|how many business days|how soon|\
         when will|how quickly|how fast|how much time",
        "#个工作日|#天|#小时|#个月|#日内|#分钟|工作日内|# working day*|# business day*|# day*|# hour*|# month*|working days|days|hours|immediately|立即|马上"),
    open("在哪里看结果", "where to see the result",
        "进度|结果|查询|怎么查|哪里查|在哪查|去哪查|在哪看|哪里看|怎么知道|怎么看|通知我|答复|回复|状态|成功没|通过没|留意|\
         status|result|results|progress|hear back|outcome|track|reply|answer arrive|notified|find out",
        "结果|查询|记录|站内信|通知中心|进度|result*|status|record*|notification*|message cent*"),
    open("从哪里操作", "where and how to do it",
        "入口|在哪|哪里|哪儿|从哪|怎么操作|怎么点|点哪|点什么|怎么提交|去哪|怎么弄|咋弄|怎么办理|如何提交|怎么进|怎么走|怎么做|怎样做|步骤|流程|\
         where|how do i|how to|how can i|how do we|steps|procedure",
        "登录|点击|进入|底部|右上角|左侧|首页|菜单|选择|log in|sign in|click|tap|open|menu|select|choose"),
    open("需要什么材料", "what is needed",
        "材料|资料|证明|文件|证件|准备什么|准备啥|准备哪些|带什么|填什么|填啥|填哪|填写什么|交什么|交啥|交哪些|提供什么|提供哪些|需要什么|需要啥|要什么|要啥|要哪些|\
         documents|document|materials|proof|evidence|paperwork|what do i need|what is needed|fill in|prepare|submit what",
        "证书|申请书|执照|身份证|填写|材料|证明|授权书|情况说明|certificate*|licence|license|application|fill in|id card|provide|proof|documents"),
    open("材料的格式", "the form of the documents",
        "盖章|公章|扫描|复印|彩色|照片|拍照|签字|签名|手写|电子版|格式|原件|正反面|黑白|清晰|stamp*|seal|scan*|photo*|copy|copies|format|sign*|original",
        "公章|盖章|原件|扫描|复印|正反面|加盖|签名|签字|手持|照片|stamp*|seal|scan*|photo*|cop*|sign*|original"),
    open("链接和模板", "links and templates",
        "链接|网址|模板|模版|范本|样本|下载|原文|地址是|link|links|template|url|download|sample|web address",
        "http|链接|模板|link|template"),
    strict("邮箱", "an e-mail address",
        "邮箱|邮件|电邮|email|e mail|mail address",
        "@|邮箱|email|e-mail"),
    open("原因", "the reason",
        "为什么|为啥|为何|原因|凭什么|怎么回事|咋回事|什么意思|why|reason|how come",
        "因为|由于|根据|为了|原因|避免|的目的|because|since|due to|in order to|reason"),
    open("依据的规则", "the rule behind it",
        "依据|规定|哪条|哪一条|条款|规则|协议|规范|rule|rules|policy|clause|terms|agreement",
        "《|规定|规则|协议|规范|rule*|polic*|agreement|terms"),
    open("后果和处罚", "the consequences",
        "处罚|后果|会怎样|会怎么样|会咋样|怎么处理|如何处理|怎么罚|咋罚|封号|封禁|会封|受罚|惩罚|不管它|不理|不处理|会被|会不会被|penalt*|punish*|what happens|consequence*|ignore|banned|will i be|will it be",
        "限制|封号|封禁|冻结|注销|处罚|删除|清除|停止使用|restrict*|ban|banned|frozen|freeze*|cancel*|penalt*|delet*|remov*"),
    strict("能不能恢复", "getting it back",
        "恢复|找回|拿回|还原|要回|还给我|回得来|回来吗|restore*|get back|get it back|get the name back|recover*|come back|put back|reinstate*",
        "恢复|找回|拿回|还原|restore*|recover*|get back|back"),
    open("没有的时候怎么办", "what to do without it",
        "没有|没法|没收到|不行|缺|丢了|找不到|不登录|不登|不用|without|don't have|do not have|if i don't|have no|no account|can't find|missing|lost",
        "没有|没收到|不支持|不能满足|未|如不|若不|否则|without|no |not |otherwise"),
    open("由谁办理", "who does it",
        "谁|哪个人|管理员|法人|本人|个人能|个人可以|代办|委托|代理|别人代|他人代|帮我办|who|whom|someone else|on behalf|representative|individual*",
        "管理员|法人|权利人|授权|本人|个人|代表人|administrator|owner|holder|representative|individual|on behalf"),
    open("包括哪些", "what it covers",
        "什么是|是什么|是啥|啥是|啥叫|什么叫|哪些|哪几种|包括|包含|举例|例子|案例|算不算|算吗|是不是算|几种|类型|标准|什么样|怎样才算|怎么算|指什么|定义|what is|what are|what counts|what does|example|examples|kinds|types|which|count as|counts as|definition|include*",
        "是指|包含|包括|例如|以下|如下|比如|几类|几种|情形|mean*|include*|such as|for example|following|kind*|case*"),
    open("会不会变", "whether it changes",
        "会变|变不变|变吗|变没变|变化|一样吗|还是原来|不变|要换|change|changes|changed|same|different",
        "会变|不变|变化|视情况|change*|same|depends"),
    open("之后会怎样", "what comes after",
        "提交之后|提交后|提交完|之后|以后|然后|接下来|成功后|通过后|交了以后|完了|after|afterwards|next|then what|once it",
        "提交成功|之后|完成后|通过后|成功后|after|once"),
    open("条件", "the conditions",
        "条件|能不能|可以吗|可不可以|能吗|可以不|能申|能注销|行不行|有效吗|什么时候可以|只能|前提|必须|一定要|早了|提前|can i|can we|may i|allowed|condition*|eligible|valid|must|possible|before",
        "只能|仅|必须|无效|才能|支持|不支持|条件|only|must|invalid|not valid|support*|cannot|can't|can "),
    strict("要交的材料", "the documents to hand in",
        "什么材料|哪些材料|啥材料|材料呢|材料要|交材料|什么资料|哪些资料|什么证件|哪些证件|什么证明|哪些证明|documents|paperwork",
        "证书|申请书|执照|身份证|材料|证明|授权书|情况说明|certificate*|licence|license|application|id card|proof|document*"),
    strict("结果会怎样通知", "how one is told the outcome",
        "处理结果|结果会不会|结果会通知|通知我|通知本人|反馈给我|告诉我结果|notify me|be notified|be informed|hear back|feedback",
        "结果|站内信|查询|记录|result*|notification*|record*|message"),
    strict("费用", "fees",
        "费用|费吗|费不|认证费|交费|收费|多少钱|手续费|缴费|交钱|要钱|花钱|付费|免费|价格|收钱|付钱|解冻费|交多少|fee|fees|cost|costs|charge|charged|free of charge|pay|how much|money|price",
        "费用|收费|免费|元|缴纳|fee*|free|cost*|charge*"),
    strict("联系电话", "a phone number",
        "电话|热线|打给|座机|phone|phone number|hotline|call you|telephone",
        "电话|热线|拨打|phone|hotline|call"),
    strict("赔偿", "compensation",
        "赔|补偿|compensat*|damages|refund*",
        "赔偿|赔付|补偿|compensat*|damages|refund*"),
    strict("匿名", "staying anonymous",
        "匿名|知道是我|知道是谁|暴露我|泄露我|保密|anonym*|know it was me|know who|confidential",
        "匿名|保密|不会透露|anonym*|confidential"),
    strict("次数和再来一次", "how often, and trying again",
        "再申诉|再注册|重新注册|重新开|再次|再投诉|再提|再来|重新提交|重新申诉|重新申请|第二次|几次|多少次|还能再|次数|上限|最多|again|second time|how many times|how often|resubmit|re submit|another appeal|limit on",
        "再次|次数|重新提交|重新申请|#次|again|resubmit|times|once more"),
    strict("撤回", "withdrawing it",
        "撤回|撤销|撤诉|撤了|撤掉|反悔|取消申诉|取消投诉|收回|withdraw*|take it back|cancel my|undo|retract*",
        "撤回|撤销|撤诉|withdraw*|retract*"),
    strict("解除", "having it lifted",
        "解冻|解封|解除|解限|怎么解|能解|unfreez*|unfrozen|unban*|unblock*|lifted|lift the",
        "解冻|解封|解除|unfreez*|unban*|unblock*|lift*"),
    strict("公证", "notarisation",
        "公证|notar*", "公证|notar*"),
    strict("加急", "speeding it up",
        "加急|快一点|快点|催|优先|加快|能快|expedit*|faster|speed up|speed it up|priorit*|hurry",
        "加急|催办|优先|expedit*|faster|priorit*"),
    strict("奖励", "a reward",
        "奖励|奖金|有奖|reward*|bounty",
        "奖励|奖金|reward*"),
    strict("数据和内容", "data and content",
        "数据|清空|粉丝|用户还在|内容还在|历史记录|订单还|data|followers|wiped|erased",
        "数据|粉丝|清空|data|followers"),
    strict("线下办理", "doing it in person",
        "线下|现场|窗口|营业厅|上门|邮寄|寄到|寄过去|快递|in person|offline|office|by post|mail it",
        "线下|现场|窗口|邮寄|寄|in person|offline|post"),
    strict("成功的把握", "the chance of success",
        "成功率|概率|几率|一定能|保证能|百分百|多大把握|guarantee*|success rate|chance*|odds",
        "成功率|概率|保证|guarantee*|success rate"),
];
