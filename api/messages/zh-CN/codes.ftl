### 目录库中各种代码的文字。键为前缀加代码，下划线和空格写作连字符。

## 记录是什么
recording-kind-unknown = 尚未识别
recording-kind-video = 视频
recording-kind-audio = 录音
recording-kind-photo = 照片
recording-kind-sidecar = 附属文件
recording-kind-other = 其他文件

derivative-kind-proxy = 可播放副本
derivative-kind-poster = 封面
derivative-kind-storyboard = 缩略图条
derivative-kind-storyboard-index = 缩略图索引
derivative-kind-waveform = 波形
derivative-kind-photo = 缩小照片
derivative-kind-thumbnail = 缩略图
derivative-kind-fingerprint-frames = 指纹取帧

## 状态
status-ready = 就绪
status-working = 处理中
status-waiting = 等待处理
status-disposed = 已销毁
status-attention = 需要处理

status-reason-job-failed = { $job }：失败，不会自动重试
status-reason-job-waiting = { $job }：排队等候
status-reason-job-retrying = { $job }：尚未成功，将自动重试
status-reason-job-running = { $job }：进行中

## 照样保存、但有问题的文件
problem-empty = 文件没有任何内容。
problem-unrecognised = 无法识别这是什么文件。
problem-no-index = 缺少索引，无从得知各帧的位置，很可能是录制时断电。
problem-truncated = 文件提前结束：缺少它自己声明的部分字节。
problem-malformed = 文件封装自相矛盾。
problem-undecodable = 没有一帧可以解码。
problem-partly-decodable = 部分帧可以解码，部分不能。
problem-exif-damaged = 照片信息（EXIF）已损坏，画面本身可能完好。
problem-position-unreadable = 写有位置，但无法读取。
problem-sidecar-unreadable = 附属文件无法读取。
problem-sidecar-partly-understood = 附属文件只读懂了一部分。
problem-encrypted-or-vendor = 文件已加密，或为厂商私有格式。
problem-too-large = 像素数超出允许解码的上限：未作检查。
problem-tool-timed-out = 检查超时，已中止：未作检查。
problem-stored-bytes-differ = 存储中的原件已损坏：其字节与保全时不同，且没有其他版本代替。
problem-stored-bytes-missing = 存储中的原件已缺失，且没有其他版本代替。
problem-stored-bytes-unreadable = 无法读取存储中的原件，因此无人知道其是否完好。
problem-disposed = 已销毁：原件及由其制作的一切均已不存在；有关它的记录保留。
problem-tool-failed = 检查过程本身失败：未作检查。

## 文件名待确认的原因
doubt-no-pattern = 文件名不符合任何已知规则。
doubt-order-unconfirmed = 两个编号哪个是设备、哪个是人员，待确认。
doubt-register-disagrees = 登记册与文件名不一致。
doubt-device-unset = 设备编号从未设置。
doubt-time-impossible = 文件名中的时间并不存在。
doubt-name-too-long = 文件名过长，无法解析。

## 文件是否写完
stability-not-seen = 尚未看到
stability-seen-once = 目前只看到一次
stability-changed = 上次查看后有变化
stability-quiet-too-short = 静止时间还不够
stability-quiet = 已静止
stability-quiet-but-empty = 已静止，但没有内容
stability-grows-for-too-long = 持续增长时间过长

## 时间
clock-warning-clock-disagrees = 文件名、内容与卫星定位给出的时间不一致。
clock-warning-zone-disagrees = 文件名与内容相差整数个时区。
clock-warning-offset-large = 设备时钟偏差超过一分钟。
clock-warning-offset-measured-long-ago = 偏差测量的时间相隔太久，时钟可能又有漂移。
clock-warning-runs-ahead = 设备时钟偏快，快多少未知。
clock-warning-in-the-future = 按设备时钟，录制时间晚于接入采集站的时间。
clock-warning-clock-reset = 设备时钟曾被重置。
clock-warning-zone-unknown = 时区未知。
clock-warning-local-time-ambiguous = 这个当地时间在调整时钟的夜里出现两次或不存在。
clock-warning-out-of-range = 时间超出可以表示的年份。

time-origin-exif = 照片信息（EXIF）
time-origin-riff = 声音封装（RIFF）
time-origin-name = 文件名
time-origin-quicktime = 视频封装（QuickTime）
time-origin-xmp = XMP 信息
time-origin-container = 文件封装

zone-origin-file = 写在文件中
zone-origin-utc-by-format = 按格式规定为 UTC
zone-origin-setting = 取自本系统设置
zone-origin-unknown = 未知

offset-origin-device-asked = 接入时询问设备
offset-origin-entered = 人工对时填写

## 位置
position-origin-exif = 照片信息（EXIF）
position-origin-gpmf = 遥测数据（GPMF）
position-origin-quicktime = 视频封装（QuickTime）
position-origin-container = 文件封装
position-origin-sidecar-xml = 附属文件（XML）

fix-none = 未定位
fix-2d = 二维定位
fix-3d = 三维定位

## 人员
officer-state-known = 已登记
officer-state-named = 仅有编号，登记册中没有
officer-state-unassigned = 未分配：设备注明无人佩戴
officer-state-unknown = 未知
officer-origin-name = 文件名
officer-origin-assignment = 当时的设备分配记录

name-encoding-utf-8 = UTF-8
name-encoding-gb18030 = GB 18030（推定）
name-encoding-undecodable = 无法解码

agency-level-prefecture = 州市级
agency-level-county = 县级
agency-level-township = 乡镇级

## 任务
job-kind-probe = 识别内容
job-kind-derive = 制作副本与指纹
job-kind-match = 匹配案件
job-kind-manifest = 写入清单
job-kind-hold = 在存储中冻结或解除

job-state-waiting = 等候
job-state-running = 进行中
job-state-done = 完成
job-state-failed = 失败

## 案件
stage-initiation = 启动
stage-investigation = 调查取证
stage-review = 审核
stage-decision = 决定
stage-service = 送达
stage-execution = 执行
stage-archiving = 归档

category-licensing = 行政许可
category-inspection = 行政检查
category-penalty = 行政处罚
category-compulsion = 行政强制
category-levy = 行政征收
category-requisition = 行政征用

case-status-open = 未结
case-status-closed = 已结

link-state-suggested = 建议关联
link-state-confirmed = 已确认
link-state-rejected = 已否决

link-origin-matched = 按人员和时间匹配
link-origin-device = 设备注明
link-origin-person = 人工关联

match-reason-case-named-by-device = 设备注明了这个案件。
match-reason-officer-named = 文件注明了参加该活动的人员。
match-reason-device-assigned = 参加该活动的人员当时持有该设备。
match-reason-within-activity = 录制于活动期间。
match-reason-partly-within-activity = 部分录制于活动期间。
match-reason-within-tolerance = 录制于活动开始前或结束后不久。
match-reason-end-unknown = 录制结束时间未知。
match-reason-file-and-assignment-differ = 文件与设备分配记录注明的人员不同。
match-reason-agency-differs = 执法机关不同。
match-reason-device-names-other-case = 设备注明的是另一个案件。

take-reason-next-number = 序号相连
take-reason-number-unknown = 序号未知
take-reason-number-repeated = 序号重复
take-reason-number-restarted = 序号重新开始
take-reason-number-skipped = 序号有跳跃
take-reason-device-unknown = 设备未知
take-reason-start-unknown = 开始时间未知
take-reason-end-unknown = 结束时间未知

## 监管链
custody-action-secured = 固定保全
custody-action-sighted = 再次发现
custody-action-described = 识别内容
custody-action-derived = 制作衍生件
custody-action-link-suggested = 建议关联
custody-action-linked = 关联案件
custody-action-link-rejected = 否决关联
custody-action-lock-extended = 延长锁定
custody-action-viewed = 查看
custody-action-played = 播放
custody-action-downloaded = 下载
custody-action-searched = 检索
custody-action-retried = 重试
custody-action-registered = 登记
custody-action-erase-ordered = 下令清除源文件
custody-action-erased = 清除源文件
custody-action-erase-refused = 未清除源文件
custody-action-rows-written = 写入记录
custody-action-taken-over = 接管旧版本的记录
custody-action-key-made = 生成签名密钥
custody-action-key-rotated = 更换签名密钥
custody-action-verified = 核验
custody-action-reported = 出具监管链报告
custody-action-manifested = 写入清单
custody-action-rebuilt = 由存储重建目录库
custody-action-classified = 分类
custody-action-classification-withdrawn = 撤回分类
custody-action-case-changed = 变更案件
custody-action-schedule-loaded = 载入保管期限表
custody-action-schedule-proposed = 提议启用保管期限表
custody-action-schedule-activated = 启用保管期限表
custody-action-schedule-rejected = 否决启用保管期限表
custody-action-hold-placed = 冻结
custody-action-hold-released = 解除冻结
custody-action-hold-set = 在存储中设置冻结
custody-action-hold-lifted = 在存储中解除冻结
custody-action-approver-enrolled = 登记审批人
custody-action-approver-revoked = 撤销审批人
custody-action-disposal-planned = 拟定销毁
custody-action-disposal-approved = 批准销毁
custody-action-disposal-rejected = 否决销毁
custody-action-disposal-recovered = 撤回销毁
custody-action-disposal-kept = 销毁时保留
custody-action-disposed = 销毁
custody-action-disposal-certified = 出具销毁证明
custody-action-fixity-checked = 重新核对存储内容
custody-action-fixity-failed = 发现存储内容损坏
custody-action-repaired = 由副本修复

custody-result-done = 完成
custody-result-denied = 拒绝
custody-result-failed = 失败

outcome-secured = 已保全
outcome-duplicate = 重复
outcome-failed = 失败

## 锁定
lock-mode-governance = 治理模式：少数特权人员可以缩短
lock-mode-compliance = 合规模式：任何人不得缩短

## 播放什么、为什么
playback-plays-as-it-is = 浏览器可以直接播放。
playback-set-always = 系统设置要求每条记录都制作副本。
playback-set-never = 系统设置要求不制作副本。
playback-container = 浏览器打不开这种文件。
playback-video-codec = 不是所有浏览器都能解码这种视频。
playback-pixel-format = 原件的像素格式并非处处可以播放。
playback-picture-size = 画面过大，多数电脑来不及解码。
playback-audio-codec = 浏览器放不出原件的声音。
playback-damaged = 原件有损坏，播放器可能出错。
playback-unreadable = 内容无法读取，其中有无画面或声音未知。
playback-nothing-to-show = 其中既无画面也无声音。
playback-not-described = 尚未识别内容，能否播放未知。
playback-smaller-copy = 副本已缩小并转正，打开更快。
playback-proxy-coming = 可播放副本正在准备。
playback-proxy-failed = 制作可播放副本失败。
playback-proxy-not-made = 没有制作可播放副本。
