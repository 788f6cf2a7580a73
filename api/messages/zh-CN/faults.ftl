fault-invalid-key = 存储不能使用键 { $key }。
fault-version-not-found = 存储中没有版本 { $reference }。
fault-version-locked = 版本 { $reference } 不能删除：已锁定或被冻结。
fault-lock-would-shrink = { $reference } 的锁定只能延长，不能缩短或减弱。
fault-store-full = 存储 { $where } 已满：请腾出空间后重试。没有丢失任何内容。
fault-store-unavailable = 存储 { $where } 不可用：{ $why }。
fault-catalog-unavailable = 目录库 { $where } 不可用：{ $why }。
fault-catalog-damaged = 目录库 { $where } 已损坏（{ $why }）：请停止执录并恢复备份。
fault-catalog-full = 目录库 { $where } 所在磁盘已满：请腾出空间后重试。没有丢失任何内容。
fault-catalog-newer = 目录库 { $where } 由更新版本的执录创建（{ $revision }）：请更新执录。
fault-not-found = 没有{ $kind ->
    [recording] 原始记录
    [case] 案件
    [job] 任务
   *[other] { $kind }
 } { $name }。
fault-ambiguous = 以 { $name } 开头的不止一个：请多写几位。
fault-settings-invalid = 设置 { $name } 有误：{ $why }。
fault-no-such-derivative = 该原始记录没有 { $kind }；现有：{ $there }。
fault-bytes-differ = 存储中的 { $reference } 与登记不一致：未写出任何内容，请检查。
fault-port-taken = { $host } 的端口 { $port } 已被占用：请用 --port 另选一个。
fault-tool-unavailable = 未安装程序 { $tool }：请安装（Debian、Ubuntu：apt install ffmpeg）。
fault-criteria-wrong = 条件 { $name } 不能是 { $value }：{ $why }。
fault-clip-unreadable = 无法从片段 { $shown } 读取画面：{ $why }。
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
fault-source-unreadable = 无法读取：{ $why }。
fault-source-vanished = 读取过程中消失（{ $why }）：请重新插入存储卡。没有保留任何部分。
fault-source-changed = 读取过程中发生变化，仍在写入：请在写完后重试。
fault-content-busy = 另一进程（{ $owner }）正在保全相同内容：请稍后重试。
fault-stored-copy-differs = 从存储读回的 { $reference } 与写入的不一致：请检查存储的磁盘。
fault-lock-not-confirmed = 存储未报告 { $reference } 所要求的锁定：请检查存储的设置。
fault-original-damaged = 已登记为 { $recording_id }，但存储中的 { $reference } 已缺失、改变或失去锁定：请保留存储卡并检查存储。
fault-own-folder = 不能采集 { $source }：它与执录自己的 { $own } 互相包含。请换到其他文件夹，或将 ZHILU_HOME 设到别处。
