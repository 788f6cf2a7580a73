cli-custody = 监管链：每一次接触证据的记录、其签名状态以及可供他人核验的证明
cli-custody-status = 监管链已签名、已加盖时间戳到何处，由哪个密钥签名
cli-custody-show = 一条记录的全部监管链事件及其在树中的位置
cli-custody-prove = 无需执录即可核验的证明：某事件在已签名的监管链中，或一个检查点是另一个的延续
cli-custody-what = 监管链事件的编号；或一条记录，即其全部事件
cli-custody-from = 较早检查点的大小；与 --to 一起证明后者是前者的延续
cli-custody-to = 较晚检查点的大小
cli-custody-which = 请指明要证明什么：一个事件或一条记录，或用 --from 与 --to 指明两个检查点。
cli-custody-checkpoint = 立即签名，与 zhilu up、zhilu work 每分钟所做的相同
cli-custody-rotate = 更换签名密钥，并由新旧密钥共同签署说明；之后请备份
cli-custody-rotate-yes = 不再询问，直接更换
cli-custody-rotate-agree = 此后密钥 { $verifier } 不再签名，且无法撤回。所有负责签名的机器都需要新密钥。是否更换？
cli-custody-rotate-not-agreed = 未更换密钥：请在询问时同意，或使用 --yes。
cli-custody-rotated = 从现在起密钥为 { $verifier }。请备份 { $path }，并复制到其他负责签名的机器。
cli-custody-signed = { $count ->
    [0] 无需签名：全部 { $size } 条事件已在最近的检查点之内。
   *[other] 已签名：{ $size } 条事件。
 }
cli-custody-not-signed-yet = { $event } 尚未纳入检查点：在 zhilu up 或 zhilu work 运行时，一分钟内即可证明。
custody-line-key = 密钥：{ $verifier }（{ $here ->
    [yes] 由本机签名
   *[no] 由另一台机器签名
 }）
custody-line-no-key = 密钥：尚无；首次运行 zhilu up 或 zhilu work 时生成
custody-line-events = 事件：树中 { $placed } 条，等待位置 { $waiting } 条
custody-line-checkpoint = 已签名：{ $signed } 条事件，时间 { $at }（第 { $count } 个检查点）
custody-line-no-checkpoint = 已签名：尚无
custody-line-stamps = 时间戳：已取得 { $stamped } 个，待取得 { $pending } 个{ $why ->
    [none] {""}
   *[other] （{ $why }）
 }
custody-column-position = 位置
custody-column-at = 时间
custody-column-actor = 操作者
custody-column-action = 动作
custody-column-about = 有关
custody-column-result = 结果
custody-column-purpose = 目的
custody-column-event = 事件
custody-waiting = 等待

check-custody = 监管链
check-custody-ok = 共 { $events } 条，已签名至 { $at }
check-custody-none = 共 { $events } 条，尚未签名
check-custody-attention = { $unsigned } 条事件已有 { $minutes } 分钟未签名：请在持有密钥的机器上保持 zhilu up 或 zhilu work 运行，或运行 zhilu custody checkpoint
check-custody-stamps = { $pending } 个时间戳一天多仍未取得{ $why ->
    [none] {""}
   *[other] ，最早的原因是：{ $why }
 }：见 zhilu custody status
