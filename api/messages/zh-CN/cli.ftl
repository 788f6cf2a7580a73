cli-zhilu = 执录：把执法记录仪的原始记录原样保全，可证明、可查找、可播放。退出码：0 完成，1 完成但有事项需要处理，2 用法或设置有误，3 存储、数据库等引擎无法使用。
cli-json = 每行输出一个 JSON 对象，供其他程序使用
cli-purpose = 查看的用途，记入监管链
cli-id = 原始记录：编号或 SHA-256，或其开头部分
cli-unknown = 未知
cli-no-such-path = { $path } 不存在：请检查路径。
cli-working = 处理中
cli-securing = 保全中

cli-up = 在本机运行全部功能：监视、处理，并在本机回环地址提供网页
cli-up-dock = 要监视的文件夹，可多次给出；未给出时用设置中的，否则用 ./var/dock
cli-up-port = 网页端口；0 表示自动选择空闲端口
cli-version = 显示本程序的版本
cli-up-address = 网页：{ $address }
cli-up-watching = 监视：{ $path }
cli-up-waiting = 等待 { $path } 出现（目前不存在）
cli-up-stop = 按 Ctrl-C 停止。
cli-up-stopping = 正在停止；先完成正在保全的文件。

cli-work = 处理共用此目录库的所有机器的任务；可同时运行任意多个
cli-work-threads = 同时处理的任务数；未给出时用设置中的
cli-work-once = 处理到没有到期任务为止，而不是直到被停止
cli-work-working = { $where ->
    [none] 正在处理，同时 { $threads } 个任务；未设 Redis，其他进程的任务由定时检查发现。
   *[other] 正在处理，同时 { $threads } 个任务；通知经由 { $where }。
 }
cli-work-ended = { $end ->
    [done] 完成
    [retried] 稍后重试
    [failed] 失败
    [lost] 已由其他进程接手
   *[given_back] 已退回
 }  { $job }  { $recording }  { $seconds } 秒
cli-work-stopping = 正在停止；运行中的任务有 { $seconds } 秒完成，之后由其他进程重新开始。
cli-serve = 仅在本机回环地址提供网页及其 JSON；可同时运行任意多个
cli-metrics-address = 指标：{ $address }

cli-demo = 生成两台记录仪的示例录像，经监视文件夹采集并展示结果
cli-demo-dock = 改为采集此文件夹中您自己的文件；只读取，不改动
cli-demo-stay = 完成后继续提供网页直到 Ctrl-C（终端中的默认），或直接结束
cli-demo-making = 正在生成两台记录仪的录像……
cli-demo-docking = 正在将 { $count } 个文件采集到 { $path } ……
cli-demo-later = 网页：{ $address }（运行 `make up` 期间）

cli-ingest = 立即保全文件和文件夹（含其下全部内容）
cli-ingest-paths = 文件和文件夹
cli-ingest-wait = 并等待其后续任务完成
cli-ingest-done = 已保全 { $secured } 个，已存在 { $duplicate } 个，失败 { $failed } 个。
cli-ingest-attention = { $count } 个需要处理：zhilu find --attention
cli-ingest-left = 还有 { $count } 个任务：在 `zhilu up` 运行时完成，或使用 --wait。
cli-outcome-secured = 已保全
cli-outcome-duplicate = 已存在
cli-outcome-failed = 失败！

cli-find = 查找原始记录
cli-find-text = 名称、路径、设备、人员、案号或案由的一部分，或 SHA-256 的开头
cli-find-case = 仅关联到此案号的
cli-find-officer = 仅此执法人员的：执法证号、人员代码或姓名
cli-find-device = 仅此设备序列号的
cli-find-from = 录制时间不早于，例如 2026-11-23 或 2026-11-23T08:30
cli-find-to = 录制时间不晚于；只写日期表示当天全天
cli-find-kind = 仅此种类：video、audio、photo、sidecar、other、unknown
cli-find-important = 仅标为重要的
cli-find-attention = 仅需要处理的
cli-find-disposed = 仅已销毁的；用 --kept 则仅未销毁的
cli-find-clip = 查找此片段出自哪个原始记录的哪个位置
cli-find-clip-alone = --clip 不能与其他条件同时使用。
cli-find-limit = 最多行数
cli-find-unregistered-case = 登记册中没有案件 { $value }。
cli-find-unregistered-officer = 登记册中没有执法人员 { $value }。
cli-find-unregistered-device = 登记册中没有设备 { $value }。
cli-find-found = 共 { $total } 条，显示 { $shown } 条。
cli-unattended = 没有进程在处理：{ $jobs } 个任务已到期，最早的自 { $since } 起，没有进程接手。请启动 zhilu up 或 zhilu work。
quoted = “{ $said }”
cli-lock-not-asked = 无法向存储查询（“{ $said }”）
cli-clip-match = { $name }  第 { $start_s } 秒至第 { $end_s } 秒  相似度 { $score }  { $certainty ->
    [sure] 确定
   *[possible] 【可能】请人工比对
 }  （{ $recording_id }）
cli-clip-identical = { $name }  整个原始记录，字节完全一致  （{ $recording_id }）
cli-clip-not-comparable = 清晰画面太少，未能比对：{ $name }  （{ $recording_id }）
cli-clip-not-comparable-more = 另有 { $count } 个未能比对：--json 列出全部。
cli-clip-folder = { $path } 是文件夹：请指定一个片段文件。
cli-clip-no-file = { $path } 不是普通文件：请指定一个片段文件。
cli-clip-searched = 在 { $searched } 个有指纹的原始记录中找到 { $matches } 处。
cli-clip-reason-bytes-identical = 字节完全一致：该片段就是此原件。
cli-clip-reason-frames-agree = 比对的 { $compared } 帧中有 { $matched } 帧相符，其中一半相差不超过 256 位中的 { $bits } 位。
cli-clip-reason-part-of-picture = 片段只显示画面的一部分（{ $framing ->
    [centre] 中间
    [top_left] 左上
    [top_right] 右上
    [bottom_left] 左下
    [bottom_right] 右下
   *[other] { $framing }
 }）。
cli-clip-reason-hardly-moves = 片段中画面几乎不动，因此出自原始记录的哪个位置并不确定。
cli-clip-reason-moderate-likeness = 相似度中等：同一场景的另一台设备也可能如此。请人工比对。
cli-clip-reason-no-picture = 片段中没有画面。
cli-clip-reason-too-short = 片段仅 { $seconds } 秒：至少需要 { $minimum } 秒才能识别。
cli-clip-reason-too-little-detail = 片段过暗、模糊或空白，无法识别：几乎没有细节足够的画面。
cli-clip-reason-half-too-little-detail = 片段一半以上的画面细节太少，无法比对。
cli-clip-reason-shortened = 只比对了片段的前 { $seconds } 秒。
cli-clip-reason-not-comparable = { $searched } 个原始记录中有 { $count } 个清晰画面太少，无法与 { $seconds } 秒的片段比对：对它们不能得出任何结论。
cli-clip-reason-weaker-left-out = 片段同一段落的弱得多的匹配未列出：{ $count } 处。
cli-clip-reason-fingerprints-damaged = 有 { $count } 个指纹已损坏，未参与比对：请重新生成其衍生件。
cli-clip-reason-pictures-not-compared = 片段的字节与原件一致，因此未与其他原始记录比对画面。

cli-show = 一个原始记录的全部已知信息
cli-get = 取出原始记录的字节，取出时校验
cli-get-output = 写入的文件
cli-get-kind = original（原件）或衍生件：proxy、poster、storyboard、storyboard_index、waveform、photo、thumbnail
cli-get-force = 覆盖已有文件
cli-get-done = { $path }：{ $size } 字节，{ $digest }，与登记一致。

cli-jobs = 还有哪些任务，失败的原因是什么
cli-jobs-failed = 仅已放弃的
cli-jobs-all = 包括已完成的
cli-jobs-counts = 等待 { $waiting }，进行中 { $running }，完成 { $done }，失败 { $failed }。
cli-retry = 重做失败的任务
cli-retry-id = 任务编号，见 zhilu jobs
cli-retry-failed = 全部失败的任务
cli-retry-which = 请给出任务编号，或使用 --failed。
cli-retry-no-id = { $id } 不是任务编号：见 zhilu jobs。
cli-retry-nothing = 无需重做：任务 { $id } 的状态是“{ $state }”。
cli-retry-done = { $count } 个任务将在 `zhilu up` 运行时重做。

cli-case = 案件及其关联的原始记录
cli-case-list = 全部案件
cli-case-show = 一个案件及其执法活动和原始记录
cli-case-number = 案号
cli-case-status = 仅办理中（open）或已结案（closed）的
cli-link = 决定原始记录与案件的关联
cli-link-add = 关联未被建议的案件
cli-link-confirm = 确认建议的关联
cli-link-reject = 否决建议的关联；不再建议
cli-link-stage = 所属的执法环节
cli-link-was = 案件 { $case }：此前已是“{ $state }”，未作改动。
cli-link-done = 案件 { $case }：{ $state }。

cli-register = 机构、人员、设备、配发、案件和执法活动
cli-register-import = 从 CSV 或 XLSX 表格导入；只要有一行错误就会列出，且所有表格都不写入；表头见 zhilu register columns
cli-register-files = 表格，按被引用者在前的顺序；要么全部写入，要么都不写入
cli-register-kind = 表格内容的种类（表头无法判断时）
cli-register-dry-run = 只说明将做什么
cli-register-columns = 各表格的列：中英文表头、哪些必填、可用哪些词
cli-register-kinds = 只列出这些登记册
cli-register-heading = { $register }（--kind { $kind }）
cli-register-cells = 时间按 ISO 8601 填写，如 2026-03-01 09:30；同一单元格中的多名人员以“{ $separator }”分隔。中英文表头可以混用。
cli-register-header = 英文表头
cli-register-header-chinese = 中文表头
cli-register-fill = 填写
cli-register-words = 可填
cli-register-required = 必填
cli-register-may-be-empty = 可空
cli-register-show = 登记册中的数量
cli-register-place = 工作表 { $sheet }，第 { $line } 行，列 { $column }
cli-register-done = { $file }：新增 { $added }，更改 { $changed }，不变 { $unchanged }。
cli-register-dry = { $file }：将新增 { $added }，更改 { $changed }，不变 { $unchanged }。未写入任何内容。
cli-register-withheld = { $file }：未写入任何内容，因为另一个表格有错误。
cli-register-refused = { $file }：{ $errors } 处错误。未写入任何内容。
register-agencies = 执法机关
register-officers = 执法人员
register-devices = 执法记录仪
register-assignments = 设备配发
register-cases = 案件
register-activities = 执法活动

cli-doctor = 检查执录所依赖的一切
check-state-ok = 正常
check-state-unclear = 尚不清楚
check-state-attention = 需处理
check-state-unavailable = 不可用
check-tools = 媒体工具
check-tools-ok = ffmpeg { $version }
check-tools-unavailable = ffmpeg { $version } 缺少编码器 { $missing }：请安装发行版自带的 ffmpeg。
check-engines = 存储与数据库
check-room = 空间
check-room-ok = { $home } 剩余 { $free } GiB
check-room-attention = { $home } 仅剩 { $free } GiB：请尽快腾出空间。
check-room-unavailable = { $home } 仅剩 { $free } GiB：腾出空间前不再接收文件。
check-catalog = 目录库
check-catalog-ok = { $recordings } 个原始记录，结构版本 { $revision }
check-catalog-unavailable = 目录库损坏（{ $fault }）：请停止执录并恢复备份。
check-clock = 时钟
check-clock-ok = { $now }
check-clock-attention = 时钟为 { $now }，比监管链最后一条早 { $back } 秒：请校时。
check-jobs = 任务
check-jobs-ok = 无失败，剩余 { $left }
check-jobs-attention = { $failed } 个失败：zhilu jobs --failed
check-intake = 采集
check-intake-ok = 最近 7 天无失败
check-intake-attention = 最近 7 天有 { $count } 个路径未能保全，最近一个 { $path }（“{ $reason }”）
check-locks = 锁定
check-locks-ok = { $recordings } 个原始记录和 { $others } 个其他版本的锁定中，没有不应到期而在 { $days } 天内到期的
check-locks-attention = { $recordings } 个原始记录和 { $others } 个其他版本的锁定中，有 { $ending } 个在 { $days } 天内到期而未续期：请保持 zhilu up 或 zhilu work 运行；若已在运行，请在其日志中查看失败原因

cli-column-id = SHA-256
cli-column-name = 名称
cli-column-kind = 种类
cli-column-device = 设备
cli-column-captured = 录制时间
cli-column-status = 状态
cli-column-cases = 案件
cli-column-case = 案号
cli-column-cause = 案由
cli-column-category = 执法类别
cli-column-recordings = 原始记录
cli-column-stage = 执法环节
cli-column-score = 分值
cli-column-job = 任务
cli-column-attempts = 次数
cli-column-reason = 原因

cli-fact-name = 名称
cli-fact-id = 编号
cli-fact-sha256 = SHA-256
cli-fact-sm3 = SM3
cli-fact-size = 字节
cli-fact-status = 状态
cli-fact-reasons = 原因
cli-fact-captured = 录制时间
cli-fact-clock = 时钟疑点
cli-fact-written = 时间原样
cli-fact-device = 设备
cli-fact-officer = 执法人员
cli-fact-media = 媒体
cli-fact-duration = 时长
cli-fact-orientation = 方向
cli-fact-position = 位置
cli-lock-none = 未锁定
cli-fact-lock = 锁定
cli-fact-cases = 案件
cli-fact-sightings = 发现
cli-fact-derivatives = 衍生件
cli-fact-jobs = 任务
