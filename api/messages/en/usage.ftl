# What is said of the arguments of commands, in help and where they are wrong.
usage-usage = Usage: { "" }
usage-options = OPTIONS
usage-command-and-arguments = COMMAND [ARGS]...
usage-heading-arguments = Arguments:
usage-heading-options = Options:
usage-heading-commands = Commands:
usage-help = show this help
usage-default = default: { $value }
usage-required = required
usage-type-text = text
usage-type-number = number
usage-type-path = path
usage-hint = Try '{ $command } --help' for help.
usage-error = Error: { "" }
usage-no-such-option = No such option: { $option }
usage-possible = { " " }(possible: { $options })
usage-no-such-command = No such command { $command }.{ $likely ->
    [none] { "" }
   *[other] { " " }Did you mean { $likely }?
 }
usage-missing-command = Missing command.
usage-too-many = There are more arguments than the command takes: { $arguments }
usage-needs-value = Option { $option } requires a value.
usage-takes-no-value = Option { $option } does not take a value.
usage-missing = { $kind ->
    [option] Missing option { $name }.
   *[argument] Missing argument { $name }.
 }
usage-bad-value = Invalid value for { $name }: { $why }
usage-value-whole-number = it must be a whole number.
usage-value-number = it must be a number.
usage-value-at-least = it must be at least { $limit }.
usage-value-at-most = it must be at most { $limit }.
usage-value-one-of = { $value } is not one of { $choices }.
usage-value-other = { $said }
usage-other = { $said }
