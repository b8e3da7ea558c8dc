//! Chinese translations of all help texts, keyed by the English text as clap shows it. A test fails
//! if a text was changed at its flag and not here.

use super::super::{check, doctor, import, mcp, new, replay, review, suggest};

/// (English, Chinese)
pub(super) const TEXTS: &[(&str, &str)] = &[
    // wenlu
    (
        env!("CARGO_PKG_DESCRIPTION"),
        "问路：聊天机器人的后端，把一句话送到它所问的意图，再用写好的答复和步骤来回答",
    ),
    (
        "问路: routes a message to the intent it asks about and answers it.\n\nWithout a command: serves the chat page on http://127.0.0.1:8080.",
        "问路：把一句话送到它所问的意图，再用写好的答复和步骤来回答。\n\n不写命令时：在 http://127.0.0.1:8080 提供聊天页。",
    ),
    (
        "Folder that holds intents/ and content/ [default: the current folder if it has intents/, else the built-in knowledge] [env: WENLU_ROOT]",
        "放 intents/ 和 content/ 的文件夹 [默认：当前文件夹有 intents/ 就是它，否则用内置的知识] [环境变量：WENLU_ROOT]",
    ),
    (
        "What to log, such as `info` or `wenlu=debug` [env: WENLU_LOG]",
        "记哪些日志，如 `info`、`wenlu=debug` [环境变量：WENLU_LOG]",
    ),
    (
        "Serve the chat page and the JSON API (what happens without a command)",
        "提供聊天页和 JSON 接口（不写命令时就是它）",
    ),
    ("Talk to the bot in the terminal", "在终端里和机器人对话"),
    (
        "Route each TEXT, or each line of standard input, to a JSON object a line",
        "每句话（或标准输入的每一行）送到哪个意图，一行一个 JSON 对象",
    ),
    (
        "Why a text is answered as it is: tokens, keywords, nearest examples, each part of the score",
        "一句话为什么这样回答：词语、关键词、最像的例句、得分的每一项",
    ),
    (
        "Every mistake, conflict and failing test of the data files",
        "数据文件里的每处错误、每个冲突、每条没通过的测试",
    ),
    (
        "Accuracy and out-of-scope quality on labelled messages",
        "用标好的消息量准确率，以及范围外的话认得出多少",
    ),
    ("What went unanswered", "没答上来的问题"),
    ("Accounts of the operators' pages", "运营页面的帐号"),
    (
        "The chat on your own site: the line for its pages, whether they can show it, and how it says who its visitors are",
        "放到自己的网站上：网页里加哪一行、显不显示得了、网站怎么说明访客是谁",
    ),
    (
        "The site, such as https://www.example.com [default: the first of WENLU_EMBED_ORIGINS]",
        "网站，如 https://www.example.com [默认：WENLU_EMBED_ORIGINS 里的第一个]",
    ),
    (
        "Where browsers reach this server [default: WENLU_PUBLIC_URL, else this machine, at WENLU_LISTEN]",
        "浏览器从哪里访问机器人 [默认：WENLU_PUBLIC_URL，没有就是本机 WENLU_LISTEN 的端口]",
    ),
    (
        "Print code for the site's server, which signs who its visitors are",
        "输出网站服务器上的代码，用来签名说明访客是谁",
    ),
    (
        "The journal through draft files: what would be answered differently",
        "把对话记录过一遍草稿：哪些回答会变",
    ),
    (
        "The database: what is in it, backup and restore, and moving to another one",
        "数据库：有什么、备份和恢复、搬到另一个库",
    ),
    (
        "Make data files from other formats",
        "把别的格式变成数据文件",
    ),
    ("The knowledge in other formats", "把知识写成别的格式"),
    (
        "The built-in knowledge as files, to be changed",
        "把内置的知识写成文件，供您修改",
    ),
    ("The files of a new intent", "新建一个意图的文件"),
    (
        "The JSON Schema of the data files, for editors",
        "数据文件的 JSON Schema，给编辑器用",
    ),
    (
        "Print this message or the help of the given subcommand(s)",
        "显示这些说明，或某个命令的说明",
    ),
    ("Print help", "显示说明"),
    (
        "Print help (see more with '--help')",
        "显示说明（--help 更详细）",
    ),
    (
        "Print help (see a summary with '-h')",
        "显示说明（-h 是简要的）",
    ),
    ("Print version", "显示版本"),
    // in several commands
    ("Print one JSON object", "输出一个 JSON 对象"),
    ("Print a JSON object a line", "一行输出一个 JSON 对象"),
    ("One JSON object", "输出一个 JSON 对象"),
    (
        "The whole report as one JSON object",
        "整个报告写成一个 JSON 对象",
    ),
    ("How many at most", "最多列出多少条"),
    ("The menu that leads here", "上级菜单"),
    (
        "The intent's name: lower-case letters, digits and `-`",
        "意图的名字：小写英文字母、数字和 `-`",
    ),
    // serve
    (
        "Address and port of the chat page and the API [default: 127.0.0.1:8080] [env: WENLU_LISTEN]",
        "聊天页和接口的地址和端口 [默认：127.0.0.1:8080] [环境变量：WENLU_LISTEN]",
    ),
    (
        "Where conversations and the journal are kept [default: sqlite://wenlu.db] [env: DATABASE_URL]",
        "会话和对话记录存在哪里 [默认：sqlite://wenlu.db] [环境变量：DATABASE_URL]",
    ),
    // chat
    (
        "No colours, no line breaks of our own",
        "不要颜色，不自行折行",
    ),
    (
        "Print each answer as a JSON object a line",
        "每个回答输出一行 JSON 对象",
    ),
    (
        "Keep nothing: neither the conversation nor the journal",
        "什么都不保存：不存会话，也不记录",
    ),
    ("Language of the greeting", "问候用的语言"),
    // route, explain
    (
        "Messages; without any, each line of standard input is one",
        "要问的话；不写就读标准输入，一行一句",
    ),
    ("The message", "要问的话"),
    (
        "What was said before it, in order (may be given several times): explains it in that conversation",
        "在它之前说过的话，按先后（可以写几次）：放在这段对话里解释",
    ),
    // check
    (
        "Folder that holds intents/ and content/ [default: as --root]",
        "放 intents/ 和 content/ 的文件夹 [默认：同 --root]",
    ),
    (
        "One JSON array of {code, severity, file, line, column, message, help, group}; group says whether it concerns what was changed since the last good knowledge: yours, others, or null where none is known",
        "输出一个 JSON 数组，每项是 {code, severity, file, line, column, message, help, group}；group 是和这次改动的关系：yours 有关，others 无关，null 不知道",
    ),
    (
        "Why it is right that tests of other intents turn; the audit log keeps it",
        "别的意图的测试因此变了，为什么没关系；操作记录会留下这句话",
    ),
    (
        "Show every note and warning; else notes, and warnings that come often, have one line a code",
        "逐条列出提示和警告；不写的话，提示和同样的很多警告每种一行",
    ),
    (
        "What else to fail on; notes include warnings",
        "除了错误，还有什么算不通过；notes 包括 warnings",
    ),
    (
        check::EXIT_CODES,
        "退出码：\n  0  没有错误，也没有 --deny 指定的\n  1  有错误（没通过的 [[test]] 也算），或有 --deny 指定的\n  2  用法不对",
    ),
    // calibrate
    (
        "The calibration that fits the knowledge as it is, and what it would change",
        "按现在的知识重新校准：把握和阈值，以及会改变什么",
    ),
    (
        "Put the calibration that fits into intents/calibration.toml",
        "把合适的校准写进 intents/calibration.toml",
    ),
    (
        "One JSON object: both thresholds, how many held-out examples and which tests are decided otherwise",
        "输出一个 JSON 对象：前后两个阈值，有多少没见过的例句、哪些测试的结果会变",
    ),
    // eval
    (
        "Labelled messages: utterance<TAB>intent with a header line; `none` is out of scope, several right intents are joined with `|`. May be given several times",
        "标好的消息：消息<TAB>意图，第一行是表头；范围外写 `none`，几个意图都对就用 `|` 连起来。可以写多次",
    ),
    (
        "Use the knowledge's own examples: each is routed by a router that was built without it",
        "用知识自己的例句：每一句都由没见过它的路由来送",
    ),
    (
        "Labelled dialogues: TOML files, or folders of them [default: tests/dialogues]; what each key means is in its README",
        "标好的对话：TOML 文件，或者放这些文件的文件夹 [默认：tests/dialogues]；每个字段的意思见那里的 README",
    ),
    (
        "With --dialogues: which half. `b` is put aside: it is only counted",
        "配合 --dialogues：哪一半。b 留到最后，只数数",
    ),
    (
        "With --dialogues: this kind only",
        "配合 --dialogues：只要这一种",
    ),
    (
        "With --dialogues: each turn that is not as expected. Those of half `b` only with --half b",
        "配合 --dialogues：列出每一轮不如愿的；b 那一半的，只有写明 --half b 才列",
    ),
    (
        "In how many parts to cut the examples for --cross-validate",
        "--cross-validate 时把例句分成几份",
    ),
    (
        "Find the threshold at which at most this share of the answers is wrong: 5%, 5 and 0.05 are the same; a bare number from 1 on is a percentage. Wrong is an answer of another intent, and any answer to what is out of scope",
        "找出回答里最多错这么多的阈值：5%、5、0.05 是一回事；1 以上不带 % 的数也是百分比。答成别的意图、回答了范围外的话，都算错",
    ),
    (
        "Set that threshold (WENLU_THRESHOLD) in .env of the current folder",
        "把这个阈值（WENLU_THRESHOLD）写进当前文件夹的 .env",
    ),
    (
        "Write the report, with plots, as one page that needs nothing else",
        "把报告连图写成一个网页，不依赖别的文件",
    ),
    (
        "How many of the worst confusions, wrong answers and intents to show",
        "列出多少个最常混淆的、答错的和最差的意图",
    ),
    // review
    (review::MEANING, REVIEW),
    (
        "Questions that went unanswered, most frequent first",
        "没答上来的问题，问得多的在前",
    ),
    (
        "One of them, with what was said before it in that conversation",
        "其中一个，连同那次对话里前面的话",
    ),
    (
        "Add questions as examples of an intent",
        "把问题加为某个意图的例句",
    ),
    (
        "Note that questions are close to an intent and not its (`not`)",
        "把问题记为很像、但不属于某个意图（`not`）",
    ),
    ("Draft a new intent from questions", "用问题起草一个新意图"),
    (
        "Note that no intent should answer questions",
        "把问题记为范围外，谁都不该回答",
    ),
    (
        "Hide a question's cluster, and what will be like it",
        "忽略一类问题，以后相似的也不再列出",
    ),
    ("Show an ignored cluster again", "不再忽略一类问题"),
    (
        "Say who looks after a question's cluster",
        "把一类问题交给某个人",
    ),
    (
        "Changes that were drafted, published and taken back, newest first",
        "起草、发布和撤销过的修改，新的在前",
    ),
    ("Publish a draft", "发布一份草稿"),
    ("Give a draft up", "放弃一份草稿"),
    ("Take a published change back", "撤销一个发布过的修改"),
    (
        "The queue as CSV or JSON lines, on standard output",
        "把没答上来的问题输出成 CSV 或 JSON",
    ),
    ("How the last days went", "最近几天的情况"),
    (
        "All traces of one asker, out of the database and out of backups",
        "把一位客人的一切从数据库和备份里清除",
    ),
    (
        "Like questions together, with how often they were asked and whether that grows",
        "相似的归成一类，并列出问了几次、是不是越来越多",
    ),
    (
        "Only what came since: 30m, 24h, 7d, 2w, or a day such as 2026-11-01",
        "只看这之后的：30m、24h、7d、2w，或日期，如 2026-11-01",
    ),
    (
        "The number behind # in `wenlu review list`",
        "`wenlu review list` 里 # 后面的编号",
    ),
    (
        "Print a JSON object a line, one for each turn",
        "一轮对话输出一行 JSON 对象",
    ),
    (
        "The numbers behind # in `wenlu review list`",
        "`wenlu review list` 里 # 后面的编号",
    ),
    (
        "Deal with all questions that are like them; the wordings that stand for them best go into the data file",
        "相似的问题一起处理；最有代表性的说法写进数据文件",
    ),
    (
        "Publish without asking, if it has no mistakes and breaks no test of the intents that it changes",
        "没有错误、也不弄坏它改到的意图的测试，就直接发布，不再问",
    ),
    (
        "Commit the change in the data files' git repository [env: WENLU_GIT]",
        "在数据文件的 git 仓库里提交这个修改 [环境变量：WENLU_GIT]",
    ),
    (
        "The intent [default: asked for at a terminal]",
        "哪个意图 [默认：在终端里问]",
    ),
    (
        "What its button says [default: the first question]",
        "按钮上的字 [默认：第一个问题]",
    ),
    ("It has no answer yet", "还没有答案"),
    (
        "The number of one of its questions",
        "这一类里任何一个问题的编号",
    ),
    (
        "The account's name; none: nobody",
        "帐号名；不写就是没有人处理",
    ),
    (
        "The number behind # in `wenlu review changes`",
        "`wenlu review changes` 里 # 后面的编号",
    ),
    ("How many days back", "往回看多少天"),
    (
        "Whose traces: as `wenlu review show` names it, such as web:4f0c… or telegram:123456789",
        "谁的：照 `wenlu review show` 里的写法，如 web:4f0c… 或 telegram:123456789",
    ),
    (
        "A file that `wenlu store backup` has made; it is replaced by one without the traces. As often as there are files",
        "`wenlu store backup` 做的备份；换成清除过的。有几个写几个",
    ),
    ("Do not ask", "不再问"),
    // weixin
    ("Accounts of WeChat", "微信帐号"),
    (
        "What to fill in at the console, whether the running server answers as WeChat wants it, and whether WeChat's API takes the account",
        "后台要填什么，正在运行的服务应答得对不对，微信的接口认不认这个帐号",
    ),
    ("The results as JSON", "结果写成 JSON"),
    (
        "The menu of an account: what it has, and another one in its place",
        "公众号的自定义菜单：看现在的，换一个",
    ),
    ("The menu that the account has now", "现在的菜单"),
    (
        "Make a data file, or the hot questions, the account's menu",
        "把一个文件或热门问题做成菜单",
    ),
    (
        "A TOML file with the buttons [default: the hot questions, all topics, a person]",
        "写着按钮的 TOML 文件 [默认：热门问题、全部话题、转人工]",
    ),
    (
        "Check the menu and print it; WeChat is not asked",
        "只检查并打印菜单，不发给微信",
    ),
    ("Take the account's menu away", "删除菜单"),
    (
        "The AppID of the account, where there are several",
        "有几个帐号时，说是哪一个的 AppID",
    ),
    ("The menu as JSON", "菜单写成 JSON"),
    (
        "Where the server is reached, such as https://bot.example.com [default: this machine, at WENLU_LISTEN]",
        "服务的地址，如 https://bot.example.com [默认：本机，WENLU_LISTEN 所写的端口]",
    ),
    // wecom
    ("WeCom's customer service", "微信客服（企业微信）"),
    (
        "What to fill in at the console, whether the running server answers as WeCom wants it, and whether WeCom's API takes the company",
        "后台要填什么，正在运行的服务应答得对不对，企业微信的接口认不认这家企业",
    ),
    // admin
    (
        "Add an account; prints a one-time link that sets its password",
        "新建帐号，给出一次性的设密码链接",
    ),
    (
        "2 to 32 small letters, digits or . _ -",
        "2 到 32 个小写英文字母、数字或 . _ -",
    ),
    (
        "agent, viewer, reviewer, operator or admin",
        "角色：agent 客服、viewer 查看、reviewer 审阅、operator 运营、admin 管理",
    ),
    (
        "Ask for the password here instead",
        "不给链接，在这里输入密码",
    ),
    ("All accounts", "所有帐号"),
    ("Give an account another role", "换一个角色"),
    (
        "Let a viewer or reviewer talk with askers who want a person, or no longer",
        "让查看者或审阅者也接待要人工的客人，或不再接待",
    ),
    ("on or off", "on 准许，off 收回"),
    (
        "Keep somebody out, and end their sessions",
        "停用帐号，已经登录的也退出",
    ),
    ("Let them in again", "恢复使用"),
    (
        "Ask for a new password, and end all sessions",
        "输入新密码，已经登录的都退出",
    ),
    (
        "Turn one-time codes off, for somebody who has lost their phone",
        "关掉动态码：手机丢了的时候用",
    ),
    (
        "Let somebody sign in at once who was locked out by wrong passwords",
        "解除登录限制：密码试错太多次，现在就要登录",
    ),
    (
        "Print a one-time link that sets the password",
        "给出一次性的设密码链接",
    ),
    ("The account's name", "帐号名"),
    // replay
    (
        "Folder with the draft's intents/ and content/",
        "放草稿的 intents/ 和 content/ 的文件夹",
    ),
    (
        "Only what was asked since: 30m, 24h, 7d, 2w, or a day such as 2026-11-01",
        "只看这之后问的：30m、24h、7d、2w，或日期，如 2026-11-01",
    ),
    (
        "Only what was asked before: the same forms",
        "只看这之前问的：写法相同",
    ),
    ("How many messages to show of each kind", "每种列出多少条"),
    (
        "Exit with 1 if more messages than this are answered differently or fall silent; for CI",
        "回答变了的、答不上的超过这么多条，退出码就是 1；给 CI 用",
    ),
    (replay::MEANING, REPLAY),
    // store
    (
        "The engine, the version of the tables, their rows and the size",
        "什么数据库、表的版本、各表行数和大小",
    ),
    (
        "Everything as it is now into a new file, while the server runs",
        "把现在的全部内容备份到新文件，不用停服务",
    ),
    (
        "A backup into an empty database; stop the server first",
        "把备份恢复到空的数据库；先停服务",
    ),
    (
        "Everything into another, empty database, such as from SQLite to PostgreSQL; stop the server first",
        "全部搬进另一个空的数据库，如从 SQLite 到 PostgreSQL；先停服务",
    ),
    (
        "What is to be deleted because its time is over; with --yes, delete it",
        "到期要删的内容；加上 --yes 就删",
    ),
    ("Delete it, what was held back too", "删除，被拦下的也删"),
    (
        "The file to make: a database of SQLite, whichever engine it comes from",
        "要写的文件：不管来自哪种数据库，都是 SQLite",
    ),
    (
        "A folder in which the file is named after the time, such as wenlu-20261101T030000Z.db",
        "写进这个文件夹，文件名按时间取，如 wenlu-20261101T030000Z.db",
    ),
    (
        "Of how many days backups stay in the folder, the newest of each; older ones are deleted [default: all stay]",
        "文件夹里留最近多少天的备份，每天留最新的一份，更早的删掉 [默认：都留着]",
    ),
    (
        "What `wenlu store backup` has made",
        "`wenlu store backup` 做的备份",
    ),
    (
        "Where it goes: a database that is empty, or not there yet [default: that of the settings]",
        "写到哪里：空的、或还不存在的数据库 [默认：设置里的那个]",
    ),
    (
        "What is copied [default: the database of the settings]",
        "从哪里来 [默认：设置里的数据库]",
    ),
    // doctor
    (
        "Look at everything that a server needs, and say what to do",
        "把服务需要的逐项看一遍，说该怎么办",
    ),
    (
        "Print one JSON object: {ok, findings: [{area, check, verdict, said, todo}]}; verdict is good, note or bad",
        "输出一个 JSON 对象：{ok, findings: [{area, check, verdict, said, todo}]}；verdict 是 good（好）、note（注意）或 bad（要处理）",
    ),
    (
        doctor::EXIT_CODES,
        "退出码：
  0  没有要处理的
  1  有要处理的
  2  用法不对",
    ),
    // import
    (
        "What PATH is [default: found by what is in it]",
        "PATH 是什么格式 [默认：看里面的内容]",
    ),
    ("The file or folder to read", "要读的文件或文件夹"),
    (
        "The folder to make; must be empty or not there yet",
        "要写的文件夹；必须是空的，或还不存在",
    ),
    (
        "The knowledge folder to add to: what is new is added, a table exported from it is taken back, and what collides is left alone",
        "要并进去的知识文件夹：新的加进去，从它导出的表格改过的写回来，有冲突的保持原样",
    ),
    (
        "What the columns of a table are, by number, letter or name, such as question=2,answer=3; header=no: the first row holds no names",
        "表格的各列是什么，写列号、字母或列名，例如 question=2,answer=3；header=no 表示第一行不是表头",
    ),
    (
        "Only say what would come of it",
        "只说会得到什么，什么都不写",
    ),
    (
        "Every note in this file, a line each; must not be there yet",
        "把每一条说明写进这个文件，一行一条；文件必须还不存在",
    ),
    (
        "What came of it, and every note, as one JSON object",
        "结果和每一条说明，写成一个 JSON 对象",
    ),
    (
        "A table with tabs: questions and answers, or utterance<TAB>intent, where `none` is out of scope, and of several intents joined with `|` the first counts",
        "制表符分隔的表格：问题和答案，或者消息<TAB>意图；范围外写 `none`，用 `|` 连起来的几个意图取第一个",
    ),
    (
        "The same with commas or semicolons, and quotes; also of FastGPT and Dify",
        "同上，用逗号或分号，有引号；也包括 FastGPT 和 Dify 的",
    ),
    (
        "The same as a workbook: XLSX, XLS or ODS",
        "同上，电子表格：XLSX、XLS 或 ODS",
    ),
    (
        "The same as JSON: an object a line, or a list of them",
        "同上，JSON：一行一个对象，或对象的列表",
    ),
    (
        "Rasa 1 to 3: the project's folder, or a file of it",
        "Rasa 1 到 3：项目文件夹，或其中的文件",
    ),
    (
        "WeChat's 对话开放平台: skills as CSV or JSON",
        "微信对话开放平台：技能的 CSV 或 JSON",
    ),
    (
        "Microsoft QnA Maker and custom question answering: TSV or JSON",
        "微软 QnA Maker 和自定义问答：TSV 或 JSON",
    ),
    (
        "Botpress up to 12: questions and answers, and intents",
        "Botpress 12 及以前：问答和意图",
    ),
    (
        "nlp.js corpus: a JSON file, or a folder of them, one a language",
        "nlp.js 语料：JSON 文件，或一种语言一个文件的文件夹",
    ),
    (
        "Dialogflow ES agent: its exported zip, or the folder",
        "Dialogflow ES：导出的 zip，或文件夹",
    ),
    (
        "QnABot on AWS: its exported JSON",
        "AWS 的 QnABot：导出的 JSON",
    ),
    (
        "`intents.json`: a list of tag, patterns and responses",
        "intents.json：tag、patterns、responses 的列表",
    ),
    (
        "ChatterBot corpus: a YAML file of conversations, or a folder of them",
        "ChatterBot 语料：对话的 YAML 文件，或它们的文件夹",
    ),
    (
        import::EXIT_CODES,
        "退出码：\n  0  完成\n  1  什么都没有写：读不了、被拒绝，或者已有这些文件\n  2  用法不对",
    ),
    // export
    (
        "A table of intents for spreadsheets: titles, questions, replies, menus; `wenlu import --into` takes it back",
        "电子表格用的意图表：标题、问法、回复、菜单；`wenlu import --into` 能写回来",
    ),
    ("The same as a workbook", "同上，Excel 文件"),
    ("What to write", "写成什么格式"),
    (
        "The file to make, or `-` for standard output",
        "要写的文件；`-` 是标准输出",
    ),
    (
        "What came of it, as one JSON object on standard error",
        "结果写成一个 JSON 对象，输出到标准错误",
    ),
    (
        "utterance<TAB>intent with a header line; `none` is out of scope",
        "消息<TAB>意图，第一行是表头；范围外是 `none`",
    ),
    (
        "One YAML file: nlu, responses, synonyms, a look-up table of the lexicon's words",
        "一个 YAML 文件：nlu、responses、同义词、领域词表",
    ),
    (
        "One JSON corpus; `None` is out of scope",
        "一个 JSON 语料；范围外是 `None`",
    ),
    // suggest
    (
        "Wordings that people would use and an intent lacks",
        "给意图找例句：大家会这样问，而文件里还没有的说法",
    ),
    (
        "The intent [default: all that have fewer than 15 examples, the thinnest 20 first]",
        "哪个意图 [默认：例句不到 15 句的，从最少的 20 个开始]",
    ),
    (
        "Write a prompt for any language model to FILE (`-`: standard output), and do nothing else",
        "只写一份提示词到 FILE（`-`：标准输出），给任何语言模型用",
    ),
    (
        "Read the model's reply from FILE (`-`: standard input): lists, numbers, JSON, code fences",
        "从 FILE（`-`：标准输入）读模型的回复：列表、编号、JSON、代码块都可以",
    ),
    (
        "Only what the journal has; ask no language model even if one is set",
        "只用对话记录里有的；设了语言模型也不问",
    ),
    (
        "How many wordings to ask for, to show and to draft, for each intent",
        "每个意图要几句、列几句、起草几句",
    ),
    (
        "Draft the fit wordings as examples, for a person to look at and publish",
        "把合适的起草为例句，由人看过再发布",
    ),
    (suggest::MEANING, SUGGEST),
    // mcp
    (
        "The knowledge for your own AI assistant, which tries it out and drafts changes (Model Context Protocol on stdin and stdout)",
        "让您自己的 AI 助手来查、来试、来起草修改（MCP 协议，走标准输入输出）",
    ),
    (
        "The account of the operators' pages whose rights the assistant has, and under whose name it drafts [default: the system's user, as for all commands]",
        "助手用运营页面的哪个帐号的权限，起草也署它的名 [默认：当前的系统用户，和别的命令一样]",
    ),
    (mcp::MEANING, MCP),
    // init, new, schema
    (
        "The folder that gets intents/, content/ and schema/",
        "要放 intents/、content/ 和 schema/ 的文件夹",
    ),
    (
        "Only the folders, for knowledge of another field",
        "只建文件夹，用来写别的行业的知识",
    ),
    (
        "What its button says [default: the example, else the id]",
        "按钮上的字 [默认：例句，没有就用名字]",
    ),
    (
        "A topic that people ask about and that has no answer yet",
        "有人问、但还没有资料的话题",
    ),
    (
        "A topic with several questions under it",
        "下面有几个问题的话题（菜单）",
    ),
    (
        "Make an answering intent of this gap: its examples, tests and comments are kept [default: the gap named ID]",
        "把这个没有资料的话题变成能回答的意图：例句、测试和注释都留下 [默认：名字是 ID 的那个]",
    ),
    (
        "A message that someone wrote",
        "有人说过的一句话，作第一条例句",
    ),
    (
        "Make the files although the same thing seems to be there already",
        "看起来已经有了，也照样建立",
    ),
    (
        new::EXIT_CODES,
        "退出码：\n  0  完成\n  1  什么都没有写：文件会有错误、已经存在，或已经有同样的意图\n  2  用法不对",
    ),
    ("Which file's schema", "哪种文件"),
];

const SUGGEST: &str = "\
来源：对话记录里没答上来、或者只反问了、又和这个意图相近的问题（总是有，不离开这台机器）；您粘贴回来的回复（先 --prompt，再 --from）；
WENLU_LLM_URL、WENLU_LLM_MODEL、WENLU_LLM_KEY 指定的语言模型（设了才用；发出去的内容先去掉个人信息，并先印在标准错误上）。

  加分    这个意图自己的例句和测试，交给没学过它们的模型，把握平均变多少
  新意    1：和已有例句毫无共同之处；0：就是其中一句
什么都不会直接生效：草稿由人看过，用 `wenlu review publish` 或在运营页面上发布。

退出码：
  0  完成，没有可建议的也算
  1  数据文件有误，没有这个意图，或者文件、模型给的读不懂
  2  用法不对";

const MCP: &str = "\
这个程序由助手自己来启动；在助手的配置里写上命令：
  {\"mcpServers\": {\"wenlu\": {\"command\": \"wenlu\", \"args\": [\"mcp\", \"--root\", \"/知识文件夹的路径\"]}}}
设置和别的命令一样（WENLU_ROOT、DATABASE_URL、WENLU_LOG ……），来自环境变量或 `.env`。

助手能做的：问机器人，看一句话去哪里、为什么，检查文件，列出和读意图，找相似的例句。有机器人的数据库时还能：看什么没答上来
（去掉了个人信息），起草例句和新意图，看草稿会改变什么。发布由人来做：`wenlu review publish`，或者在运营页面上。

退出码：
  0  助手断开了连接
  1  没能开始，或者连接断了
  2  用法不对";

const REVIEW: &str = "\
不写命令时：在终端里逐类问您怎么处理，否则同 `list --clusters`。
要改数据文件的，先起草：列出改了哪几行、哪些测试会不过、哪些回答会变；加了 --yes，或终端前的人同意，才发布；也可以以后
用 `publish` 或在运营页面上发布。

退出码：
  0  完成，或已起草
  1  草稿有错误、弄坏了测试，或它所改的文件已经变了
  2  用法不对";

const REPLAY: &str = "\
重放的是：每一句打进来、送过路由的话，各自单独地问；不含步骤、选项和追问。
  现在能答  以前没看懂，或只是反问；现在更好
  回答变了  换了回答、换了选项，或从回答变成反问
  答不上了  以前回答、菜单或反问；现在没看懂
后两种算变差。

退出码：
  0  完成
  1  变差的超过 --max-regressions，或数据文件有错误
  2  用法不对";
