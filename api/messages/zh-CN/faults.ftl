fault-invalid-key = 存储不能使用键 { $key }。
fault-version-not-found = 存储中没有版本 { $reference }。
fault-version-locked = 版本 { $reference } 不能删除：已锁定或被冻结。
fault-lock-would-shrink = { $reference } 的锁定只能延长，不能缩短或减弱。
fault-store-full = 存储 { $where } 已满：请腾出空间后重试。没有丢失任何内容。
fault-store-unavailable = 存储 { $where } 不可用：{ $why }。
fault-catalog-unavailable = 目录库 { $where } 不可用：{ $why }。
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
fault-clip-unreadable = 片段 { $path } 无法读取：{ $why }。
