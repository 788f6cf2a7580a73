cli-storage = 原始记录的存储：建立、试探其锁定、核对其中内容
cli-storage-init = 建立存储桶并启用对象锁定；已有的保持不变
cli-storage-folder = 文件夹 { $folder } 已就绪。
cli-storage-bucket-made = { $bucket }：已建立，启用对象锁定。
cli-storage-bucket-there = { $bucket }：已存在，符合要求。
cli-storage-bucket-retention-set = { $bucket }：已存在；已设置默认保留期。
cli-storage-bucket-no-lock = { $bucket }：有误，没有对象锁定，只有新建的存储桶才能启用：请另选 storage.s3.bucket_prefix。
cli-storage-bucket-no-versions = { $bucket }：有误，不保留版本：请启用版本控制。
cli-storage-retention = 存入的内容从第一刻起锁定 { $days } 天（{ $mode }）。
cli-storage-probe = 在专用存储桶中试探攻击者或有缺陷的服务器会对已锁定版本做的事
cli-storage-probing = 正在试探存储的锁定
cli-storage-trying = 正在试：{ $trial }
cli-storage-left-behind = 试探留下 { $count } 个版本，待锁定到期后由以后的试探清除。
cli-storage-immutable = 存储不可篡改：凡计入的尝试均未得逞。
cli-storage-immutable-governance = 除有权绕过治理模式（governance）的密钥外存储不可篡改，本系统的密钥无此权限：凡计入的尝试均未得逞。
cli-storage-unclear = 尚不清楚，{ $until } 起可知：没有任何尝试得逞，但生命周期规则是否放过已锁定版本，要等存储执行规则之后（最多两天）才能看出。届时请再试探：zhilu storage probe
cli-storage-bypassable = 原件以治理模式（governance）锁定，而本系统的密钥有权绕过：请撤销该权限，或将 lock.mode 设为 compliance。
cli-storage-not-immutable = 存储不能称为不可篡改：{ $of } 项尝试中 { $succeeded } 项得逞，{ $unclear } 项不明。

cli-storage-reconcile = 核对存储与目录库：无人登记的副本和上传、与登记不符的原始记录
cli-reconcile-settle = 处理可以安全处理的；不加此项则不作任何改动
cli-reconcile-uploads = 未完成的上传超过多少小时视为遗弃；至少 6 小时，因为慢速线路上传大文件需要数小时
cli-reconcile-looking = 正在查看存储
cli-reconcile-bucket = { $bucket }：{ $listed } 个版本中已核对 { $looked } 个；暂不处理：过新 { $young } 个，正在保全 { $claimed } 个，无法读取 { $unreadable } 个。
cli-reconcile-recordings = { $recordings } 条原始记录中已在存储核对 { $looked } 条。
cli-reconcile-done = 待处理 { $open } 项，等待锁定到期 { $waiting } 项，已处理 { $settled } 项，释放 { $bytes } 字节。
cli-reconcile-dry = 未作任何改动：加 --settle 处理可以安全处理的。
cli-column-trial = 尝试
cli-column-outcome = 结果
cli-column-answer = 所见
cli-lock-store-immutable = 存储不可篡改，试探于
cli-lock-store-not-immutable = 存储不能称为不可篡改，试探于
cli-lock-bypassable = 本系统的密钥可以绕过此锁定
cli-lock-store-unknown = 存储是否不可篡改尚不清楚，从未试探：zhilu storage probe
check-immutability = 不可篡改
check-immutability-immutable = 不可篡改：针对锁定的尝试均未得逞（试探于 { $at }）
check-immutability-governance = 除有权绕过治理模式（governance）的密钥外不可篡改，本系统的密钥无此权限：针对锁定的尝试均未得逞（试探于 { $at }）
check-immutability-bypassable = 可以篡改：原件以治理模式（governance）锁定，而本系统的密钥有权绕过（试探于 { $at }）。请撤销其 s3:BypassGovernanceRetention 权限，或将 lock.mode 设为 compliance。
check-immutability-bypass-unclear = 尚不清楚：原件以治理模式（governance）锁定，本系统的密钥是否有权绕过未知（试探于 { $at }）：zhilu storage probe
check-immutability-folder = 可以篡改：本机 root 可以改动任何文件夹
check-immutability-never = 尚不清楚：存储的锁定从未试探：zhilu storage probe
check-immutability-outdated = 尚不清楚：存储的锁定最近试探于 { $at }，已超过 30 天：zhilu storage probe
check-immutability-clock-ahead = 尚不清楚：存储的锁定最近一次试探时所用时钟偏快（{ $at }）：zhilu storage probe
check-immutability-not-immutable = 不能称为不可篡改：{ $count } 项尝试得逞或不明（试探于 { $at }）：{ $failing }
check-immutability-unclear = 尚不清楚，{ $until } 起可知：针对锁定的尝试均未得逞（试探于 { $at }），但存储执行生命周期规则最多需要两天；届时请执行 zhilu storage probe
check-immutability-probe-again = 尚不清楚：自 { $until } 起已可得知生命周期规则对已锁定版本的作用：zhilu storage probe

trial-weightless = 此处不计
trial-outcome-refused = 未得逞
trial-outcome-allowed = 得逞！
trial-outcome-unclear = 不明
trial-seen-denied = 被拒绝（“{ $answer }”）
trial-seen-nothing-lost = { $answer ->
    [none] 没有丢失任何内容
   *[other] 答复 {$answer}，没有丢失任何内容
 }
trial-seen-lost = { $answer ->
    [none] 内容丢失或被改动！
   *[other] 内容丢失或被改动！答复 { $answer }
 }
trial-seen-lost-late = 已不在，但当时锁定已到期（“{ $answer }”）
trial-seen-no-right = 本系统的密钥在任何地方都无权如此，不能说明锁定（“{ $answer }”）
trial-seen-no-answer = { $answer ->
    [none] 没有明确的答复
   *[other] 没有明确的答复（“{ $answer }”）
 }
trial-seen-locked = 存入后已锁定（{ $answer }）
trial-seen-not-locked = { $answer ->
    [none] 存入后没有锁定！
   *[other] 没有按要求锁定！（{ $answer }）
 }
trial-seen-taken-back = 存入后没有锁定，执录已发现并撤回，没有存入任何内容
trial-seen-held = 冻结已设置，并已解除
trial-seen-not-held = 冻结没有保留！（“{ $answer }”）
trial-seen-hold-stays = 冻结无法解除，无从得知读取是否正确（“{ $answer }”）
trial-seen-never-over = 锁定已到期的版本无法删除
trial-seen-rule-waits = 存储接受了规则，尚未执行；{ $until } 起可知
trial-seen-rule-overdue = 存储于 { $since } 接受了规则，两天内没有执行：请检查其生命周期处理是否运行
trial-seen-rule-spared = { $since } 的规则已执行，放过了已锁定的版本
trial-seen-rule-removed = { $since } 的规则删除了已锁定的版本！
trial-seen-no-rules = 存储不执行这类规则（“{ $answer }”）
trial-seen-changed-on-disk = 本机 root 或文件夹的所有者可以改动
trial-seen-not-tried = 未能尝试（“{ $answer }”）
trial-single-put-unlocked = 单次存入后没有锁定
trial-multipart-headers-ignored = 分段上传完成后没有开始时要求的锁定
trial-default-retention-ignored = 分段上传完成后没有默认保留期
trial-upload-unlocked = 执录自己的大文件上传完成时未锁定
trial-backdated-lock = 以已经到期的锁定存入
trial-governance-delete = 删除治理模式锁定的版本
trial-governance-multi-delete = 以批量删除删除治理模式锁定的版本
trial-governance-shorten = 缩短治理模式的锁定
trial-governance-remove = 去除治理模式的锁定
trial-governance-delete-bypass = 以绕过方式删除治理模式锁定的版本
trial-governance-multi-delete-bypass = 以绕过方式批量删除治理模式锁定的版本
trial-governance-shorten-bypass = 以绕过方式缩短治理模式的锁定
trial-compliance-delete = 删除合规模式锁定的版本
trial-compliance-delete-bypass = 以绕过监管的方式删除合规模式锁定的版本
trial-compliance-multi-delete = 以批量删除删除合规模式锁定的版本
trial-compliance-multi-delete-bypass = 以绕过方式批量删除合规模式锁定的版本
trial-compliance-shorten = 缩短合规模式的锁定
trial-compliance-shorten-bypass = 以绕过方式缩短合规模式的锁定
trial-compliance-remove = 去除合规模式的锁定
trial-compliance-remove-bypass = 以绕过方式去除合规模式的锁定
trial-compliance-weaken = 将合规模式的锁定改为治理模式
trial-compliance-weaken-bypass = 以绕过方式将合规模式的锁定改为治理模式
trial-hold-lost = 冻结没有保留或无法读取
trial-held-delete = 删除被冻结的版本
trial-held-delete-bypass = 以绕过方式删除被冻结的版本
trial-held-delete-after-lock = 删除锁定已到期但被冻结的版本
trial-held-multi-delete-after-lock = 以批量删除删除这样的版本
trial-overwrite = 以同名存入使锁定的版本丢失
trial-delete-without-version = 以删除键使锁定的版本丢失
trial-lifecycle-rule = 以生命周期规则使锁定的版本丢失
trial-suspend-versioning = 暂停存储桶的版本控制
trial-delete-bucket = 删除存储桶
trial-disable-lock = 停用存储桶的对象锁定
trial-change-on-disk = 在磁盘上直接改动锁定的版本

finding-state-open = 待处理
finding-state-waiting = 等待
finding-state-settled = 已处理
finding-abandoned-uploads = 已终止进程留下的未完成上传 { $count } 个
finding-surplus = { $version } 是原始记录 { $recording } 登记之外的副本
finding-unknown-content = { $version } 的内容没有任何原始记录登记
finding-adopted = { $version } 的内容没有任何原始记录登记；现已登记为 { $recording }
finding-unlisted-derivative = { $version } 不属于任何原始记录，可以重新生成
finding-lonely-manifest = { $version } 描述的原始记录未登记；予以保留
finding-unreadable = { $version } 无法读取
finding-missing = 原始记录 { $recording } 的原件缺失：{ $version }
finding-size-differs = 原始记录 { $recording } 的原件大小不符：{ $version }
finding-not-locked = 原始记录 { $recording } 的原件未锁定：{ $version }
finding-lock-shorter = 原始记录 { $recording } 的锁定比登记的早到期：{ $version }
finding-lock-weaker = 原始记录 { $recording } 的锁定现在可被缩短，而回执载明任何人不得缩短：{ $version }
finding-not-asked = 无法向存储查询原始记录 { $recording }：{ $version }

custody-action-adopted = 在存储中发现并登记
custody-action-surplus-found = 发现多余副本
custody-action-surplus-removed = 已删除多余副本
custody-action-store-probed = 试探存储的锁定
