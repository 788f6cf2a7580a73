fault-invalid-key = 存储不能使用键 { $key }。
fault-version-not-found = 存储中没有版本 { $reference }。
fault-version-locked = 版本 { $reference } 不能删除：已锁定或被冻结。
fault-lock-would-shrink = { $reference } 的锁定只能延长，不能缩短或减弱。
fault-lock-in-the-past = { $where } 不能锁定到 { $until }：该时间已过，请校准时钟。
fault-store-full = 存储 { $where } 已满{ $reserve ->
    [0] { "" }
   *[other] （须预留的 { $reserve } MiB 除外）
 }：请腾出空间后重试。没有丢失任何内容。
fault-store-unavailable = 存储 { $where } 不可用：{ $code ->
    [no_host] 无法解析主机名，请检查 storage.s3.endpoint 和域名服务器
    [no_connection_in_time] 未能及时建立连接，请检查 storage.s3.endpoint、网络和防火墙
    [no_answer_in_time] 没有及时应答
    [broke_off] 应答中断
    [silent] 没有应答或连接中断
    [nothing_listens] 该地址没有服务在监听，请检查 storage.s3.endpoint 以及存储是否在运行
    [no_way] 网络不通，请检查 storage.s3.endpoint 和网络
    [no_connection] 无法建立连接，请检查 storage.s3.endpoint 和网络
    [no_s3] 应答出错，或该地址不是 S3 存储
    [tls] TLS 握手失败（“{ $why }”）
    [unconfirmed] 没有确认上传已完成
    [other_bytes] 应答的字节与请求的不一致（“{ $why }”）
    [fault] 应答出错（“{ $why }”）
   *[other] 未能完成操作（“{ $why }”）
 }。
fault-store-misconfigured = { $code ->
    [refused] 存储 { $where } 拒绝了访问密钥（{ $detail }）：请检查密钥及其权限。
    [unfit] 存储 { $where } 不接受我们的请求（{ $detail }）：请检查其设置和密钥的权限。
    [no_bucket] 存储 { $where } 缺少所需的存储桶：请用 `zhilu storage init` 建立。
    [clocks] 存储 { $where } 与本机的时钟相差超过 15 分钟：请都用同一时间服务器校时。
    [no_object_lock] 存储桶 { $where } 没有对象锁定（Object Lock），只有新建的存储桶才能启用：请另选前缀。
    [no_versions] 存储桶 { $where } 不保留版本：请启用版本控制。
    [not_locked] 存储没有按要求在写入时锁定 { $where }，该版本已撤回：请换用支持锁定的存储，或阅读 storage/README.md 中的 lock_after_complete。
    [lock_too_long] { $where } 未锁定：到期时间超出 storage.s3.retain_days_at_most 的 { $detail } 天。请更正日期或调高上限。
    [mode_kept] 存储只允许 { $where } 的锁定保持原有模式 { $detail }：请以该模式延长。
    [too_many_parts] { $where } 需要的分段多于 { $detail } 个：请调高 storage.s3.part_size。
    [wants_md5] 存储 { $where } 要求锁定的内容带 Content-MD5：请将 storage.s3.part_checksum 设为 md5。
    [probe_bucket] 试探专用的存储桶 { $where } 没有对象锁定或不保留版本：请删除后重新试探。
    [ca_no_pem] storage.s3.ca_file（{ $where }）中没有 PEM 格式的证书，无法使用。
    [ca_unreadable] 无法读取 storage.s3.ca_file（{ $where }）：{ $detail }。
    [speaks_tls] 存储 { $where } 使用 TLS，而本机未使用：请将 storage.s3.secure 设为 true，或在 storage.s3.endpoint 中填写明文端口。
    [no_tls] 存储 { $where } 不使用 TLS：请将 storage.s3.secure 设为 false，或在 storage.s3.endpoint 中填写 TLS 端口。
    [other_host] 存储 { $where } 出示的是其他主机的证书：请按证书中的名称填写 storage.s3.endpoint。
    [not_valid_now] 存储 { $where } 的证书当前无效（{ $detail }）：请更新证书或校准时钟。
    [not_trusted] 存储 { $where } 的证书不受信任（{ $detail }）：请在 storage.s3.ca_file 中指定其颁发机构。
   *[other] { $sentence }
 }
fault-catalog-unavailable = 目录库 { $where } 不可用：{ $code ->
    [cut] 连接中断
    [stopping] 正在启动或关闭
    [crowded] 没有可用的连接（max_connections）：请调高该值，或调低 catalog.connections
    [in_use] 本进程的连接已全部占用（catalog.connections）
    [no_memory] 服务器内存不足
    [too_slow] 语句用时过长（catalog.statement_seconds）
    [held] 要修改的内容被其他事务占用过久（catalog.lock_seconds）
    [read_only] 不接受修改：它是备用服务器，或被设为只读
    [no_answer] 该地址没有应答
    [no_host] 没有这个主机名
    [no_postgresql] 该地址应答的不是 PostgreSQL
   *[other] 未能完成操作（“{ $why }”）
 }。
fault-catalog-busy = 目录库 { $where } 繁忙：其他事务同时修改了相同内容。请重试。
fault-catalog-misconfigured = 目录库 { $where } 无法使用：{ $code ->
    [password] 用户或密码被拒绝，请检查 catalog.url 与 catalog.password
    [no_password] 需要密码而未设置，请设置 catalog.password
    [no_database] 没有这个名称的数据库
    [not_admitted] 不允许该用户从本机连接（pg_hba.conf）
    [no_rights] 该用户缺少所需权限（{ $detail }）
    [no_tls] 它不支持 TLS，而 catalog.url 中的 sslmode 要求 TLS
    [not_trusted] 其证书不受信任，请检查 catalog.url 中的 sslrootcert 与主机名
    [no_certificate] 无法读取证书颁发机构文件（catalog.url 中的 sslrootcert）
    [options] 它不认识 catalog.url 给出的选项（{ $detail }）
    [not_utf8] 它不以 UTF-8 保存（{ $detail }），请用 ENCODING 'UTF8' 另建数据库
   *[other] 设置不符（“{ $why }”）
 }。
fault-catalog-damaged = 目录库 { $where } 已损坏（“{ $why }”）：请停止执录并恢复备份。
fault-catalog-full = 目录库 { $where } 所在磁盘已满：请腾出空间后重试。没有丢失任何内容。
fault-catalog-older = 目录库 { $where } { $revision ->
    [None] 是空的
   *[other] 由更早版本的执录创建（{ $revision }）
 }：请用 `zhilu catalog upgrade` 升级。
fault-catalog-newer = 目录库 { $where } 由更新版本的执录创建（{ $revision }）：请更新执录。
fault-manifest-unreadable = 无法读取清单 { $where }（“{ $why }”）：请查看它在存储中的更早版本。
fault-catalog-not-empty = 目录库 { $where } 不是空的（{ $table } 中已有内容）：只能重建空的目录库，请用 `--into` 指定另一个。
fault-dispatch-unavailable = Redis { $where } 不可用：请检查它是否在运行、从本机能否连通（“{ $why }”）。
fault-dispatch-misconfigured = Redis { $where } 的设置无法使用：{ $code ->
    [no_tls] 设置了 dispatch.ca_file，而只有 rediss:// 使用 TLS
    [no_ca_file] 没有 dispatch.ca_file 所指的文件 { $detail }
    [address] 地址有误（“{ $detail }”）
    [password] 拒绝登录（“{ $detail }”），请检查 dispatch.password
    [not_trusted] 其 TLS 证书不受信任（“{ $detail }”），请检查 dispatch.ca_file
    [refuses] 拒绝我们的请求（“{ $detail }”）
   *[other] 设置不符（“{ $why }”）
 }。
fault-not-found = 没有{ $kind ->
    [recording] 原始记录
    [case] 案件
    [job] 任务
    [hold] 冻结
    [disposal] 销毁清单
    [item_of_a_disposal] 销毁清单条目
    [schedule] 保管期限表
    [custody_event] 监管链事件
    [checkpoint_of_size] 监管链检查点，其大小为
   *[other] { $kind }
 } { $name }。
fault-ambiguous = 以 { $name } 开头的不止一个：请多写几位。
fault-setting-missing = 缺少设置 { $name }：请写入 zhilu.toml，或用变量 { $variable }，或用同名的凭据文件给出。
fault-settings-invalid = 设置 { $name } 有误：{ $code ->
    [unknown] 没有这个名称的设置
    [whole_number] 必须是整数
    [number] 必须是数字
    [yes_or_no] 必须是 true 或 false
    [text] 必须是文本
    [group] 它是一组设置，请分别给出各项
    [at_least] 不得小于 { $limit }
    [more_than] 必须大于 { $limit }
    [at_most] 不得大于 { $limit }
    [less_than] 必须小于 { $limit }
    [one_of] 必须是 { $limit } 之一
    [form] 格式应为 { $limit }
    [how_to_reach] 使用 s3 时须给出 endpoint、access_key 和 secret_key
    [which_engine] 给出了 storage.s3，却没有写明 storage.engine："s3" 或 "file"
    [no_postgresql_url] 必须以 postgresql:// 开头；不设置时目录库为主目录中的 SQLite
    [no_address] 不是有效的地址：postgresql://user@host:port/database，用户名和密码中的 @ : / 须写成 %40 %3A %2F
    [no_redis_url] 必须以 redis:// 或 rediss:// 开头
    [no_redis_address] 不是有效的地址：redis://host:port/number，密码中的 @ : / # 须写成 %40 %3A %2F %23
    [password_alone] 给出了密码，却没有给出 url
    [no_folder] 没有这个文件夹
    [no_file] 没有这个文件
    [not_utf8] 不是 UTF-8 文本
   *[other] 无法使用该值（“{ $why }”）
 }。
fault-no-such-derivative = 该原始记录没有 { $kind }；现有：{ $there }。
fault-same-approver = { $name } 已对 { $number } 表态：第二份审批须由另一名审批人作出。
fault-certificate-missing = 清单 { $number } 尚无销毁证明，现为{ $state ->
    [planned] “待批准”
    [approved] “已批准，可撤回”
    [rejected] “已否决”
    [recovered] “已撤回”
   *[other] “执行中”
 }：全部办结后才会出具。
fault-certificate-foreign = { $file } 不是为 { $number } 出具的销毁证明：监管链中没有 SHA-256 为 { $sha256 } 的证明。请用 `zhilu retention certificate { $number }` 重新取得，并查明该文件的来源。
fault-no-such-link = { $recording } 与案件 { $case } 之间没有关联，既无建议也无人工确认：如需建立关联，请用 zhilu link add。
fault-bytes-differ = 存储中的 { $reference } 与登记不一致：未写出任何内容，请检查。
fault-port-taken = { $host } 的端口 { $port } 已被占用：请用 --port 另选一个。
fault-metrics-port-taken = 无法在 { $host } 的端口 { $port } 提供指标（“{ $why }”）：请在 [metrics] 下另设端口。
fault-clocks-apart = { $engine ->
    [store] 存储
   *[other] 目录库
 } { $where } 的时钟与本机相差 { $minutes } 分钟：请都用时间服务器（NTP）校时，否则锁定与记录的时间会有误。
fault-tool-unavailable = 未安装程序 { $tool }：请安装（Debian、Ubuntu：apt install ffmpeg）。
fault-printing-unavailable = 无法生成 PDF：缺少 { $lacking }。请运行 infra/setup reports，或自行安装（Debian、Ubuntu：apt install { $packages }）。
fault-criteria-wrong = 条件 { $name } 不能是 { $value }：{ $code ->
    [longer] 不得超过 { $limit } 个字符
    [null] 含有空字符
    [one_of] 必须是 { $limit } 之一
   *[time] 必须是日期或时间，例如 2024-01-05 或 2024-01-05T08:30
 }。
fault-clip-unreadable = 无法从片段 { $shown } 读取画面（“{ $why }”）。
fault-not-aregular-file = 这是{ $code ->
    [a-symbolic-link] 符号链接
    [behind-a-symbolic-link] 经由符号链接的路径
    [a-pipe] 管道
    [a-socket] 套接字
    [a-folder] 文件夹
    [a-character-device] 字符设备
    [a-block-device] 块设备
   *[other] 其他对象
 }，不是普通文件，未作处理。
fault-source-unreadable = 无法读取（“{ $why }”）。
fault-source-vanished = 读取过程中消失（“{ $why }”）：请重新插入存储卡。没有保留任何部分。
fault-source-changed = 读取过程中发生变化，仍在写入：请在写完后重试。
fault-content-busy = 另一进程（{ $owner }）正在保全相同内容：请稍后重试。
fault-stored-copy-differs = 从存储读回的 { $reference } 与写入的不一致：请检查存储的磁盘。
fault-lock-not-confirmed = 存储未报告 { $reference } 所要求的锁定：请检查存储的设置。
fault-original-damaged = 已登记为 { $recording_id }，但存储中的 { $reference } 已缺失、改变或失去锁定：请保留存储卡并检查存储。
fault-own-folder = 不能采集 { $source }：它与执录自己的 { $own } 互相包含。请换到其他文件夹，或将 ZHILU_HOME 设到别处。
fault-device-not-registered = { $named ->
    [yes] 记录仪 { $device } 未登记
   *[no] 文件名未表明记录仪
 }，且已设为拒收未知设备：文件留在卡上，未作处理。请登记该记录仪，或允许未知设备。
fault-source-kept = 未从卡上清除：{ $reason ->
    [not_secured] 尚未固定保全
    [no_receipt] 没有回执
    [receipt_not_fresh] 回执不是本次读取所出，将先重新读取
    [receipt_too_old] 回执已过有效期，将先重新读取
    [receipt_differs] 目录库中没有该回执，或回执属于另一文件，请检查目录库
    [changed] 已不是读取时的文件，将先重新读取
    [not_a_file] 该位置现为其他对象，请检查存储卡
    [vanished] 文件或存储卡已不在
    [card_read_only] 存储卡有写保护，请拨动保护开关，或在记录仪中清除
    [not_permitted] 存储卡不允许删除，请检查权限和存储卡
    [version_missing] 存储中已没有该版本，请保留存储卡并检查存储
    [size_differs] 存储中的大小不符，请保留存储卡并检查存储
    [not_guarded] 存储中的锁定已到期或已不在，请保留存储卡并延长锁定
    [store_silent] 无法向存储查询锁定
    [catalog_silent] 无法查询或写入目录库
    [never_probed] 尚未有人试探该存储的锁定是否有效，请运行 `zhilu storage probe`
    [locks_broken] 最近一次试探未能确认该存储的锁定有效，请检查存储，再运行 `zhilu storage probe`
   *[other] { $reason }
 }{ $told ->
    [yes] （“{ $why }”）
   *[no] { "" }
 }。
fault-erasing-refused = 不从卡上清除任何文件：{ $probed ->
    [yes] 最近一次试探未能确认存储 { $store } 的锁定有效（{ $trials }），请检查存储，再运行
   *[no] 尚未有人试探存储 { $store } 的锁定是否有效，请运行
 } `zhilu storage probe`。
fault-dock-running = { $home } 中已有采集站在运行（进程 { $process }，采集站 { $station }，始于 { $since }）：请停止它，或把这些接口加入它的设置，或用 ZHILU_HOME 为本采集站另设目录；单张卡可同时用 `zhilu ingest` 采集。
fault-tool-missing = 未安装程序 { $tool }：请安装后重试。
fault-tool-timed-out = 程序 { $tool } 在 { $seconds } 秒后仍未完成，已被停止。
fault-tool-killed = 程序 { $tool } 没有完成：内存超出限额，或程序崩溃（“{ $signal_name }”）。
fault-tool-too-verbose = 程序 { $tool } 的输出超过 { $limit } 字节，已被停止。
fault-register-file-missing = 无法打开登记表文件 { $path }（“{ $why }”）。
fault-register-file-too-large = 登记表文件超过 { $limit } { $what ->
    [bytes] 字节
    [sheets] 个工作表
    [rows] 行
    [columns] 列
    [lines] 行
    [cells] 个单元格
   *[other] 项（“{ $what }”）
 }：请拆分成较小的文件。
fault-register-file-unreadable = 无法读取登记表文件（“{ $why }”）：请用电子表格程序重新另存为 CSV（UTF-8）或 XLSX。
fault-register-file-empty = 登记表文件是空的：需要一行列标题，其下为各行数据。
fault-passphrase-not-given = { $code ->
    [differ] 两次输入的口令不同：请重来。
   *[other] 需要口令，但没有可供输入的终端：请用 --passphrase-from 姓名=文件 给出。
 }
fault-passphrase-source-unfit = 无法从该处取得 { $name } 的口令：{ $code ->
    [form] 请写成 姓名=文件
    [open_to_others] 其他人可读该文件，请用 chmod 600 关闭
    [unreadable] 无法读取该文件
   *[other] 该文件不是 UTF-8 文本
 }。
fault-passphrase-weak = 此口令不可用：{ $code ->
    [short] 不足 { $least } 个字符
    [long] 过长，无人能够输入
    [plain] 只是重复少数几个字符
    [name] 就是姓名，或含有姓名
    [taken] 此处已有人使用，每人须有自己的口令
   *[other] 不是文本
 }。请用几个别人猜不到的词。
fault-approver-name-unfit = “{ $name }”不能作为审批人的姓名：请给出众所周知的姓名。
fault-approver-known = 曾有人以 { $name } 登记：请给出能区分两人的姓名。
fault-approver-unproven = 没有以 { $name } 登记且口令相符的人。此次尝试已记录在案。
fault-approver-barred = { $name } 的错误口令过多：请等到 { $until } 之后，并查问是谁在尝试。
fault-vouchers-missing = 此事须由 { $needed } 名已登记的审批人以各自口令作保，现有 { $given } 名：请用 --voucher 逐一给出。
fault-vouching-for-oneself = { $name } 不能为自己作保：请由其他已登记的人作保。
fault-approvers-too-few = 没有 { $name }，审批人将不足两名：请先登记另一人。
fault-approver-tampered = 目录中关于审批人 { $name } 的记录与监管链所封存的不符：有人绕过程序改写了它。查清之前其意见一概不予采信：请运行 zhilu verify。
fault-approver-gone = 在此期间 { $name } 已被撤销或更换了口令：请重新开始。
fault-schedule-file-unreadable = 无法读取保管期限表 { $path }：{ $code ->
    [large] 超过 { $detail } 字节
    [not_utf8] 不是 UTF-8 文本
   *[other] “{ $detail }”
 }。
fault-schedule-invalid = { $file } 第 { $line } 行：{ $code ->
    [toml] 不是有效的 TOML（“{ $value }”）
    [unknown] 此处没有 { $key } 这个键
    [missing] 缺少键 { $key }
    [empty] { $key } 是空的
    [text] { $key } 必须是文本
    [yes_or_no] { $key } 必须是 true 或 false
    [true_only] { $key } 只能是 true，不适用时请略去
    [number] { $key } 必须是整数
    [list] { $key } 必须是列表
    [table] { $key } 必须是表
    [one_of] { $key } 必须是 { $value } 之一
    [form] { $key } 的格式应为 { $value }
    [twice] 已有规则 { $value }
    [keep] { $value } 不是期限：请写 "60 days"、"6 months"、"2 years"、"permanent"、"as case file" 或 "until adjudicated"
    [from] from 只用于有期限的规则，而 { $value } 不是期限
    [deadline] 存储时限应为 hours 或 working_days 之一
   *[other] { $key } 不能是该值
 }。
fault-schedule-unknown = 没有载入过保管期限表 { $name }：请查看 `zhilu retention schedule list`，并先行载入。
fault-schedule-ambiguous = 保管期限表 { $name } 载入过多个版本（{ $versions }）：请指明是哪一个，如 { $example }。
fault-schedule-version-known = { $schedule } 的版本 { $version } 已载入过另一文本：请为此文本另定版本。
fault-schedule-incomplete = 保管期限表 { $schedule } 把一般期限留给本机关规定，不能照原样施行：请用 `zhilu retention schedule show { $schedule } --toml` 写入文件，加上一条没有 `when` 的 [[rule]]，另定版本后载入。
fault-schedule-in-force = { $schedule } 的版本 { $version } 已在施行。
fault-schedule-proposed = { $schedule } 的版本 { $version } 已提出，正等待第二人：请先施行或否决它。
fault-schedule-not-proposed = 保管期限表 { $name } 尚未提出：请先提出。
fault-proposer-gone = 提出保管期限表 { $name } 的 { $proposer } 已不再是审批人：请驳回，由另一名审批人重新提出。
fault-same-person = 此事由 { $name } 提出：须由另一名审批人施行。
fault-content-leaving = 相同内容的原始记录 { $recording_id } 正在销毁：请再次采集该文件，它将成为一条新的原始记录。
fault-nothing-to-hold = 冻结必须有对象：请给出 --recording 或 --case。
fault-hold-released = 冻结 { $number } 已于 { $at } 解除。
fault-recording-disposed = 原始记录 { $recording_id } 已于 { $at } { $disposal ->
    [none] 销毁
   *[other] 依 { $disposal } 销毁，批准人见其销毁证明
 }。内容已不存在，有关记录仍予保留。
fault-closing-unfit = 案件 { $number } 的结案时间须不早于 { $earliest }（其最后一项活动或录制），且不晚于当前时间：请另给时间。
fault-case-unchanged = 案件 { $number } 已是如此（{ $what }）。
fault-store-away = 存储既不给出 { $version }，也不给出其他版本（“{ $why }”）：请确认存储可用，再重试。
fault-no-replica = 原始记录 { $recording } 已损坏，但没有设置可用来修复的副本：请在 [fixity.replica] 中指定，或从备份中恢复其字节。
fault-replica-away = 无法读取副本 { $where }（“{ $why }”）：未作任何修复，请重试。
fault-replica-unfit = 副本 { $where } 中没有原始记录 { $recording } 的 SHA-256 与记录一致的版本（查看了 { $looked } 个）：未作任何修复，请另寻副本。
fault-being-disposed-of = 原始记录 { $recording } 已被销毁或正在销毁，不作修复。
fault-classification-stands = 该原始记录已归类为 { $word }。
fault-not-classified = 该原始记录未归类为 { $word }：请查看 `zhilu retention explain`。
fault-no-deadline = { $code ->
    [none_in_force] 没有施行中的保管期限表，因而没有存储时限：请先施行一个
   *[other] 施行中的保管期限表 { $schedule } 没有规定存储时限
 }。
fault-output-exists = 文件 { $path } 已存在：请换一个名称，或使用 --force。
fault-file-unwritable = 无法写入文件 { $path }（“{ $why }”）。

fault-custody-key-unfit = 监管链的密钥（{ $where }）无法使用：{ $why }。
fault-custody-key-foreign = { $where } 处的密钥不属于此监管链，该链由 { $expected } 签名：请放回该密钥。在此之前不会签名。
fault-custody-key-replaced = { $where } 处的密钥已被 { $expected } 取代：请从执行更换的机器复制新密钥，或移除此密钥并由其他机器签名。
fault-custody-key-absent = 监管链的密钥（{ $expected }）不在本机：请在持有密钥的机器上执行。
fault-custody-log-shorter = 监管链只有 { $size } 条事件，而已签名的有 { $signed } 条：目录比最近的检查点旧。未作任何签名：请恢复更新的备份，或从存储重建目录。
fault-custody-log-changed = { $position ->
    [None] 监管链与已签名的不一致（前 { $size } 条有出入）：未作任何签名，请核验。
   *[other] 监管链与已签名的不一致（第 { $position } 条事件与其叶不符）：未作任何签名，请核验。
 }
fault-nothing-to-dispose = 现在没有可以销毁的：未生成清单。
fault-list-changed = 清单 { $number } 已不是所批准的那一份：其 SHA-256 为 { $now }，而非 { $shown }。未作任何处理；请重新查看，若无人有意更改目录库，请用 `zhilu verify` 检查。
fault-disposal-not-open = 清单 { $number } 的状态为 { $state }：此时不能这样处理。
fault-disposal-not-approved = 清单 { $number } 不予执行：{ $code ->
    [revoked] { $who } 已被撤销，其批准不再有效
    [tampered] 目录库中 { $who } 的记录与监管链所封存的不符
    [unsealed] 监管链中没有 { $who } 的批准
    [changed] 目录库中该清单的记录与监管链所封存的不符
   *[other] 未经两名不同的人批准
 }。请重新生成清单。
fault-disposal-too-early = 清单 { $number } 尚不执行：{ $code ->
    [clocks_apart] 本机、目录库与存储的时钟相差 { $fact } 分钟，请校时
    [clock_set_back] 时钟曾被拨回或拨快，监管链中已有 { $fact } 的记录
    [not_seen] 等待期中有 { $fact } 小时未被确认经过，时钟被拨快或系统未运行
   *[other] 在 { $fact } 之前均可撤回
 }。
fault-disposal-waits = 副本 { $where } 目前无法删除（“{ $why }”）：其中的副本也须一并销毁，销毁工作暂停，待其恢复后自动继续。
fault-not-on-list = 清单 { $number } 中没有可撤回的原始记录 { $recording_id }。
