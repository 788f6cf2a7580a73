### 页面。

brand = 执录
tagline = 行政执法音视频记录：固定、可证、可查
language = 语言
skip-to-content = 跳到正文
footer-looks = 当前用户：{ $actor }。每次查看、播放、下载和检索都会写入监管链日志。
footer-zone = 页面时间：{ $time }；除另有注明外，均按此时区显示。
unknown = 未知
none = 无
any = 不限
seconds = { $seconds } 秒
bytes = { $size } 字节
metres = { $metres } 米

## 错误
error-title = 未能完成
error-not-found = 这里没有内容
error-not-understood = 无法理解该请求
error-unavailable = 暂时无法使用
back-to-list = 全部记录

## 列表
recordings = 原始记录
search = 检索
search-text = 检索内容
search-placeholder = 文件名、路径、设备、人员、案号、摘要值
filters = 筛选
criterion-text = 检索内容
criterion-case = 案号
criterion-officer = 执法人员
criterion-device = 执法记录仪
criterion-kind = 类型
criterion-from = 录制时间自
criterion-to = 录制时间至
criterion-wrong = { $name }不能是“{ $value }”，现显示全部记录。
important-only = 只看重要
attention-only = 只看需要处理
important = 重要
encrypted = 加密
found-count = 找到 { $count } 条，共 { $all } 条。
all-count = 共 { $count } 条记录。
attention-count = { $count } 条需要处理
show-all = 显示全部
and-more = 另有 { $count } 项
pages = 翻页
previous-page = 较新
next-page = 较早
page-range = 第 { $first }–{ $last } 条，共 { $total } 条
nothing-found = 没有找到
nothing-found-hint = 没有记录同时符合这些条件。录制时间未知的记录无法按时间找到。
nothing-yet = 还没有记录
nothing-yet-hint = 把执法记录仪接入受监视的文件夹，或用命令行保全文件：
nothing-yet-folder = /存储卡/路径
nothing-yet-demo = 也可以先用合成素材体验：

## 一条记录
at-a-glance = 概要
device = 执法记录仪
officer = 执法人员
officer-code = 编号
officer-unassigned = 未分配
not-registered = 登记册中没有
registered = 已登记
captured = 录制时间
time-unknown = 时间未知
origin = 来源
origin-is = 来源：{ $origin }
duration = 时长
cases = 案件
no-case = 尚未关联任何案件。
lock = 锁定
locked-until = 锁定至 { $time }
lock-reported-now = 存储此刻的回报
lock-not-checked = 无法核对锁定：存储没有回答。
not-checked = 无法核对
not-locked = 未锁定
hold = 冻结
on-hold = 已冻结，不得删除。
no-hold = 无
reasons-attention = 需要处理
reasons-working = 正在处理

player = 播放器
play = 播放
pause = 暂停
mute = 静音
unmute = 取消静音
fullscreen = 全屏
frame-back = 上一帧
frame-next = 下一帧
seek = 播放位置
position-in-recording = 当前位置
speed = 速度
player-failed = 浏览器无法播放。原件完好，可以下载。
photo-of = 照片 { $name }
nothing-to-play = 这里没有可以播放的内容。
nothing-readable = 内容无法读取，因此不能播放。
plays-original = 现在看到的就是原件。
plays-copy = 现在看到的是副本，原件保持不变。
download-original = 下载原件
purpose = 用途（记入日志）
purpose-said = 用途
keyboard = 键盘操作
key-play = 播放、暂停
key-five = 后退、前进 5 秒
key-ten = 后退、前进 10 秒
key-frame = 上一帧、下一帧
key-speed = 减速、加速
key-ends = 到开头、到结尾
key-sound = 声音、全屏

take = 连续记录
take-position = 第 { $position } 段，共 { $count } 段
previous-segment = 上一段
next-segment = 下一段
take-gap = 序号相连，但其间有 { $seconds }没有记录。

group-time = 时间
device-time = 设备时间
clock-offset = 实测偏差
corrected-time = 校正时间
not-measured = 未测量
not-corrected = 未校正：偏差未知
begins = 开始
ends = 结束
as-written = 原样
zone-from-setting = 时区取自本系统设置，并非写在文件中
quicktime-seconds = { $seconds }（自 { $since } UTC 起的秒数）
zone = 时区
secured = 固定保全

group-place = 位置
coordinates = 坐标
datum = 坐标系
datum-hint = 国内地图使用 GCJ-02，比对前须先换算。
fix = 定位状态
accuracy = 精度
altitude = 海拔
track = 轨迹
track-points = { $count } 个点
side-file = 附属文件
from-side-file = 取自附属文件
from-main-recording = 取自所属记录
place-unknown = 位置未知。

group-integrity = 完整性
size = 大小
stored-as = 存储位置
identifier = 标识
not-computed = 未计算
copy = 复制
copied = 已复制
copy-what = 复制{ $what }

activity = 执法活动
link-score = 排序分 { $score }
decided-by = 由 { $person } 决定

group-media = 内容
container = 封装
video-codec = 视频编码
picture = 画面
stored-picture = 存储为 { $width } × { $height }
orientation = 方向
rotated = 显示时顺时针旋转 { $degrees }°
exif-orientation = EXIF { $value }
mirrored = 镜像
frame-rate = 帧率
frames-a-second = 每秒 { $rate } 帧
variable = 可变
sound = 声音
no-sound = 无
hertz = { $rate } 赫兹
channels = { $count } 声道
declared-duration = 文件头声称 { $seconds }
camera = 拍摄设备
media-unknown = 尚未识别内容。

group-name = 文件名
pattern = 命名规则
no-pattern = 不符合任何规则
sequence = 序号
named-case = 设备注明的案号
unconfirmed = 待确认
possible-reading = 可能是设备 { $device }、人员 { $officer }

group-sightings = 发现之处
path = 路径
source = 来源
modified = 文件时间
first-seen = 首次发现
times-seen = 次数

group-side-files = 附属文件
belongs-to = 属于

group-derivatives = 衍生件
kind = 类型
made = 制作时间
no-derivatives = 没有衍生件。

group-jobs = 任务
no-jobs = 没有任务。
attempts = 已尝试 { $count } 次
next-try = 下次尝试 { $time }

group-custody = 监管链
event-count = 显示 { $shown } 条，共 { $count } 条
when = 时间
action = 行为
actor = 行为人
result = 结果
not-said = 未说明

## 已销毁与已损坏
reasons-disposed = 已销毁
disposed-at = 已于 { $time } 销毁
disposed-under = 销毁清单 { $list }
disposed-certificate = 何人批准、销毁了什么，见清单 { $list } 的销毁证明，读取命令：zhilu retention certificate { $list }
disposed-no-certificate = 清单 { $list } 尚无销毁证明。
disposed-all-gone = 原件及由其制作的一切均已不存在。有关它的记录、摘要和监管链保留。
nothing-to-lock = 已销毁：无可锁定
stored-bytes = 存储中的字节
criterion-disposed = 销毁
disposed-only = 仅已销毁的
kept-only = 仅未销毁的
kept-and-disposed = 全部
since-time = 自 { $time } 起
