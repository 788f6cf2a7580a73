# `zhilu doctor` 与 `zhilu catalog` 关于各引擎的说明。
cli-catalog = 目录库本身
cli-catalog-upgrade = 将目录库结构升级到本版本；PostgreSQL 须由有权限的角色执行
cli-catalog-upgraded = { $where }：已从 { $before } 升级到 { $after }。
cli-catalog-made = { $where }：已建立，结构版本 { $after }。
cli-catalog-current = { $where }：已是 { $after }，无需升级。

check-unforeseen = 检查时遇到未预见的错误（“{ $error }: { $reason }”）：详情见日志。
check-no-answer = { $seconds } 秒内没有应答：请检查它是否在运行、从本机能否连通。
check-room-closable = 本机所有用户都能进入 { $home }（权限 { $mode }）：下次启动时关闭，或执行 chmod 700 { $home }
check-room-open = 本机所有用户都能进入 { $home }（权限 { $mode }），它不是本用户专用的主目录：请将 ZHILU_HOME 设到专用文件夹，或由其所有者执行 chmod 700。
check-room-unwritable = { $home } 无法写入或无法建立：请把它交给运行执录的用户，或另设 ZHILU_HOME。
check-store = 存储
check-store-file = 文件夹 { $where }
check-store-s3 = S3 { $where }，存储桶 { $buckets }，{ $tls ->
    [TLS] 使用 TLS
   *[other] 未使用 TLS
 }；应答 { $milliseconds } 毫秒
check-store-clock = 存储 { $where } 的时钟与本机相差 { $ahead } 秒：请都用时间服务器（NTP）校时。
check-originals = 原件
check-originals-ok = 共 { $recordings } 个原件，查看了 { $looked } 个，均与记录一致
check-originals-none = 尚未保存任何原件
check-originals-gone = 存储中没有原始记录 { $recording } 的原件（{ $version }）：请确认存储是否正确，然后执行 zhilu storage reconcile。
check-originals-size = 原始记录 { $recording } 的原件在存储中为 { $size } 字节，应为 { $recorded } 字节（{ $version }）：请执行 zhilu storage reconcile。
check-originals-unlocked = 原始记录 { $recording } 的原件在存储中未锁定（{ $version }）：请执行 zhilu storage reconcile。
check-store-no-default = S3 { $where } 在上传完成之后才锁定，而原件存储桶没有至少 { $days } 天的默认保留期（现为 { $default }）：请执行 zhilu storage init。
check-catalog-postgresql = { $recordings } 个原始记录，结构版本 { $revision }；PostgreSQL { $version }，{ $where }；应答 { $milliseconds } 毫秒
check-catalog-new = { $where } 尚不存在：首次启动时建立。
check-catalog-older = { $where } 的结构版本为 { $revision }：下次启动时升级。
check-catalog-clock = 目录库 { $where } 的时钟与本机相差 { $ahead } 秒：请都用时间服务器（NTP）校时。
check-dispatch = 门铃
check-dispatch-process = 在本进程内
check-dispatch-ok = Redis { $where }，命名空间 { $namespace }；应答 { $milliseconds } 毫秒

cli-catalog-export = 全部证据的现状，每行一个 JSON 对象，顺序在各引擎上一致
cli-rebuild = 仅凭存储桶重建目录库，写入空的目录库
cli-rebuild-into = 要填入的空目录库：一个主目录，或已具本版本结构的 PostgreSQL 地址；不给出则用设置中的目录库
cli-rebuild-dry-run = 读取并核对全部内容，不写入
cli-rebuild-finding = 发现
cli-rebuild-subject = 对象
cli-rebuild-detail = 原因
cli-rebuild-read = 已读取 { $listed } 个对象中的 { $read } 个：监管链日志 { $events } 条事件，{ $found } 个签名检查点中 { $checkpoints } 个相符。
cli-rebuild-passed-over = 其余 { $count } 个不需要：已被新版本取代的清单和数据页的旧版本、销毁证明，以及无法读取的（已在上面列出）。
cli-rebuild-done = { $where }：已重建 { $rows } 行，{ $recordings } 条原始记录，对应 { $originals } 个原始版本；尚有 { $jobs } 个任务待办；{ $findings } 项发现。
cli-rebuild-would = { $where }：将重建 { $rows } 行，{ $recordings } 条原始记录，对应 { $originals } 个原始版本；{ $findings } 项发现。未写入任何内容。
rebuild-unreadable = 无法读取
rebuild-changed = 字节与日志所述不同
rebuild-untold = 日志中没有
rebuild-contradicts = 与日志矛盾
rebuild-stale = 为最后一次变更之前的内容
rebuild-unsealed = 日志不知道
rebuild-lost = 已丢失
rebuild-cut-off = 所引用的内容已丢失
rebuild-from-log = 依据日志重新建立；尚无清单页记载
rebuild-log = 日志本身
rebuild-unknown-original = 原始版本没有清单：可用 `zhilu storage reconcile` 收录
rebuild-missing-original = 存储中缺少原始版本
