## zhilu dock
cli-dock = 监视本采集站的接口并保全接入的内容；可有任意多个采集站
cli-dock-path = 作为接口的文件夹或挂载点，可多次给出；未给出时用设置中的，否则用 ./var/dock
cli-dock-dry-run = 对每个已保全的文件说明是否会从卡上清除，但不清除任何文件
cli-dock-rehearses = 演练：只说明将从卡上清除什么，不清除任何文件。
cli-dock-erases = 已开启清除：内容保全且回执入库后，即从卡上清除。
cli-dock-once = 处理完当前所有的卡（或存储不可用已达一分钟）即结束，而不是直到被停止
cli-dock-status = 显示本机采集站各接口的状态后结束
cli-dock-status-alone = --status 只显示状态，不能与 --dock、--dry-run、--once、--acknowledge 同用
cli-dock-acknowledge = 确认已处理从该接口过早取出的、本命令列出的存储卡；以您的名义记入监管链
cli-dock-acknowledge-alone = --acknowledge 是对正在运行的采集站说的，不能与 --dock、--dry-run、--once 同用
cli-dock-nothing-missing = 接口 { $slot } 没有缺失的存储卡：各接口见 `zhilu dock --status`。
cli-dock-once-given-up = 存储或目录库不可用（或已满）已达一分钟：未保全的文件仍留在卡上，恢复后请再运行一次。
cli-dock-no-folder = { $path } 不是文件夹：接口须为文件夹或挂载点。单个文件请用 `zhilu ingest` 采集。
cli-dock-no-such-slot = 没有接口 { $slot }；现有：{ $slots }
cli-dock-acknowledged = 已确认：{ $slot }  { $reason }
cli-dock-acknowledged-later = 已记下；本目录没有采集站在运行，下次启动时处理。
cli-dock-missing = 接口 { $slot }，此前的存储卡：{ $reason }
cli-dock-how-to-acknowledge = 若存储卡不会再来：zhilu dock --acknowledge 接口
cli-dock-not-there-yet = 等待 { $path } 出现（目前不存在）：若不会有内容挂载到此处，请检查路径
cli-dock-total = 已保全 { $secured } 个（{ $bytes }），已存在 { $duplicate } 个，失败 { $failed } 个。
cli-dock-total-erased = 已清除 { $erased } 个（{ $bytes }），留在卡上 { $kept } 个。
cli-dock-total-rehearsed = 将清除 { $would_erase } 个（{ $bytes }），将留在卡上 { $kept } 个。
cli-dock-shows = 接口 { $slot }：{ $condition }  { $reason }
cli-dock-no-status = 本目录的采集站尚未报告任何状态：请用 `zhilu dock` 或 `zhilu up` 启动。
cli-dock-status-unreadable = 本目录的采集站最后写下的状态无法读取；运行中的采集站会重新写入。
cli-dock-left-out = 其中 { $count } 条无法读取，可能由其他版本的 Zhilu 写入。
cli-dock-silent = 本目录没有采集站在运行；以上是其在 { $at } 的最后报告。
cli-dock-column-slot = 接口
cli-dock-column-status = 状态
cli-dock-column-files = 已保全
cli-dock-column-waiting = 等候
cli-dock-column-since = 始于
cli-erasure-erased = 已清除
cli-erasure-would-erase = 将清除
cli-erasure-kept = 已保留

slot-condition-empty = 空
slot-condition-reading = 读取中
slot-condition-secured = 已保全
slot-condition-safe-to-remove = 可安全取出
slot-condition-attention = 需处理！
custody-action-docked = 接入存储卡
custody-action-taken-out = 未完成即取出存储卡
custody-action-taken-out-settled = 缺失的存储卡已处理

slot-reason-engine-fault = 自 { $since } 起无法保全：{ $fault }
slot-reason-engine-slow = 存储或目录库长时间没有应答：请把卡留在原处，并检查存储和目录库。
slot-reason-disk-low = { $where } 只剩 { $free } MiB，应保留 { $reserve } MiB：请腾出空间。
slot-reason-disk-not-asked = 无法查询 { $where } 的剩余空间：{ $why }。
slot-reason-clock-went-back = 本机时钟被调后退 { $seconds } 秒，至 { $at }：请用时间服务器核对。
slot-reason-clock-jumped = 本机时钟被调前进 { $seconds } 秒，至 { $at }：请用时间服务器核对。
slot-reason-clock-unset = 本机时钟为 { $at }，不可能正确：请校准。
slot-reason-erasing-refused = { $fault }
slot-reason-times-in-future = { $count } 个文件的时间在未来：请校准记录仪的时钟。
slot-reason-too-many-files = 文件过多，不像是记录仪的存储卡：只保全前 { $count } 个。
slot-reason-files-failed = { $count } 个文件未能保全。
slot-reason-file-failed = { $path }：{ $fault }
slot-reason-file-grows = { $path }：持续增长过久；将继续观察，静止后保全。
slot-reason-device-refused = { $fault }
slot-reason-not-looked-into = { $path }：{ $fault }
slot-reason-does-not-answer = 存储卡无响应：请取出检查。
slot-reason-not-mounted = 已插入设备，但系统未能挂载（{ $devices }），其中内容无法保全：请保留该卡，并查明为何无法读取。
slot-reason-first-look = 正在首次查看。
slot-reason-nothing-yet = 目前未发现文件；再查看一遍。
slot-reason-nothing-found = 卡上未发现任何文件。
slot-reason-last-look = 已全部保全；取出前再查看一遍。
slot-reason-to-erase = 还有 { $count } 个已保全的文件待清除。
slot-reason-kept = 有 { $count } 个文件留在卡上。
slot-reason-taken-out = { $known ->
    [yes] 记录仪 { $devices } 的存储卡
   *[no] 有一张存储卡
 }在完成前被取出（{ $at }）：{ $found } 个文件中有 { $left } 个未保全。请重新插入该卡。
slot-reason-taken-out-unread = { $known ->
    [yes] 记录仪 { $devices } 的存储卡
   *[no] 有一张存储卡
 }在查看完毕前被取出（{ $at }）。请重新插入该卡。
slot-reason-gone-meanwhile = { $known ->
    [yes] 记录仪 { $devices } 的存储卡
   *[no] 有一张存储卡
 }最后一次出现时（{ $at }）尚未完成，现已不在：{ $found } 个文件中有 { $left } 个未保全。请重新插入该卡。
slot-reason-state-unreadable = 本采集站的状态文件无法读取，已另存（{ $files }）：过早取出的存储卡可能被遗漏，或确认未被采纳。请核查，然后移走这些文件。
