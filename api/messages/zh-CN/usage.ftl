# 命令的参数：帮助中的文字，以及参数有误时的说明。
usage-usage = 用法：{ "" }
usage-options = 选项
usage-command-and-arguments = 命令 [参数]...
usage-heading-arguments = 参数：
usage-heading-options = 选项：
usage-heading-commands = 命令：
usage-help = 显示此帮助
usage-default = 默认：{ $value }
usage-required = 必填
usage-type-text = 文本
usage-type-number = 整数
usage-type-path = 路径
usage-hint = 执行 “{ $command } --help” 查看帮助。
usage-error = 错误：{ "" }
usage-no-such-option = 没有这个选项：{ $option }
usage-possible = （可用：{ $options }）
usage-no-such-command = 没有命令 { $command }。{ $likely ->
    [none] { "" }
   *[other] 是否想用 { $likely }？
 }
usage-missing-command = 缺少命令。
usage-too-many = 参数多于该命令所需：{ $arguments }
usage-needs-value = 选项 { $option } 需要一个值。
usage-takes-no-value = 选项 { $option } 不带值。
usage-missing = { $kind ->
    [option] 缺少选项 { $name }。
   *[argument] 缺少参数 { $name }。
 }
usage-bad-value = { $name } 的值无效：{ $why }
usage-value-whole-number = 必须是整数。
usage-value-number = 必须是数字。
usage-value-at-least = 不得小于 { $limit }。
usage-value-at-most = 不得大于 { $limit }。
usage-value-one-of = { $value } 不在以下各项之中：{ $choices }。
usage-value-other = 无法接受该值（“{ $said }”）。
usage-other = 命令的用法有误（“{ $said }”）。
