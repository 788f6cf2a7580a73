# 重新核对存储内容与修复。
cli-fixity = 重新核对存储内容，修复损坏的内容
cli-fixity-status = 全部版本中有多少已在期限内重新核对，进度如何
cli-fixity-run = 立即核对到期的版本，等待最久的在先
cli-fixity-run-ids = 仅核对这些原始记录，无论是否到期
cli-fixity-run-limit = 最多核对的版本数
cli-fixity-run-all = 每个版本核对一次，无论是否到期
cli-fixity-run-either = --all 核对全部内容：请不要同时指定原始记录或 --limit。
cli-fixity-repair = 用副本中相同的字节替换损坏的版本
cli-fixity-repair-id = 哪一个原始记录：其编号或 SHA-256 的开头
cli-fixity-repair-all = 所有已知损坏的原始记录
cli-fixity-repair-either = 请指明一个原始记录，或使用 --all。
cli-fixity-repair-none = 没有已知损坏的原始记录。
cli-fixity-nothing = 尚未保存任何内容，因此没有可核对的。
cli-fixity-coverage = 共保存 { $versions } 个版本，{ $days } 天内重新核对了 { $checked } 个（{ $percent } %）；{ $never } 个从未核对。
cli-fixity-oldest = 等待最久的版本上次核对或保存于 { $at }。
cli-fixity-due = 到期：{ $due } 个版本，{ $mib } MiB。逾期（期限内既未保存也未核对）：{ $overdue } 个。
cli-fixity-pace = 需要：昼夜每秒 { $needed } MiB。最近 7 天实际：{ $lately ->
    [none] 尚不清楚
   *[other] 每秒 { $lately } MiB
 }。允许：每个工作进程每秒 { $budget } MiB。
cli-fixity-budget-too-small = 单个进程的限额不够：请提高 fixity.mib_per_second，或在更多机器上运行 zhilu work。
cli-fixity-replaced = { $count } 个损坏的版本已被替换，它们仍留在原处。
cli-fixity-damaged = { $count } 个版本不完好，且没有替代版本：{ $ids }。请执行 zhilu fixity repair ID。
cli-fixity-check = { $outcome }：原始记录 { $recording }（{ $version }）
cli-fixity-round = 核对了 { $versions } 个版本，{ $mib } MiB：完好 { $intact }，不一致 { $differs }，缺失 { $missing }，无法读取 { $unreadable }；已修复 { $repaired }。
cli-fixity-stopped = 已停止。核对结果已记录，其余下次继续。
cli-fixity-paused = 存储不可用，本轮暂停；未读取的内容不作任何结论。{ $reason }
cli-fixity-repaired = 原始记录 { $recording } 现由 { $version } 提供。
cli-fixity-intact = 原始记录 { $recording } 完好（{ $version }），无需修复。
fixity-outcome-intact = 完好
fixity-outcome-differs = 不一致
fixity-outcome-missing = 缺失
fixity-outcome-unreadable = 无法读取
check-fixity = 存储内容
check-fixity-none = 尚未保存任何内容，因此没有可核对的
check-fixity-ok = 共保存 { $versions } 个版本，{ $days } 天内重新核对了 { $checked } 个，没有逾期的，没有损坏的{ $replaced ->
    [0] {""}
   *[other] ；{ $replaced } 个损坏的已从副本替换
 }
check-fixity-attention = 共保存 { $versions } 个版本，其中 { $overdue } 个在 { $days } 天内既未保存也未核对：请保持 zhilu up 或 zhilu work 运行，并查看 zhilu fixity status
check-fixity-damaged = 共保存 { $versions } 个版本，其中 { $damaged } 个自 { $since } 起损坏且没有替代版本（{ $recordings }）；{ $replica ->
    [yes] 已设置副本：zhilu fixity repair --all
   *[no] 没有设置可用于修复的副本（fixity.replica）：zhilu fixity status
 }
cli-fact-fixity = 存储中的字节
fixity-never = 尚未重新读取
fixity-reading-intact = 已于 { $at } 重新读取：完好
fixity-reading-differs = 已损坏：与保全时的字节不同；首次发现于 { $since }，最近读取于 { $at }
fixity-reading-missing = 存储中已缺失；首次发现于 { $since }，最近查找于 { $at }
fixity-reading-unreadable = 无法读取；首次于 { $since }，最近于 { $at }
fixity-replica = 已设置可能完好的副本：zhilu fixity repair { $id }
fixity-no-replica = 没有设置可能完好的副本（fixity.replica）：在此无法修复
fixity-repaired = 已于 { $at } 从 { $origin } 修复；损坏的版本留在原处，不再使用
reason-since = { $text }（自 { $at } 起）
