cli-approver = 有权批准销毁或批准启用保管期限表的人员
cli-approver-enrol = 登记一名审批人，口令由其本人输入；前两名自行登记，其后须由两名已登记的审批人作保
cli-approver-passphrase = 更换口令；本人给出旧口令，并由另一名审批人作保
cli-approver-revoke = 撤销一人的审批资格；由两名已登记的审批人作保
cli-approver-list = 现在和曾经登记的全部审批人
cli-approver-name = 众所周知的姓名
cli-approver-voucher = 以本人口令作保的已登记审批人；可多次给出
cli-approver-reason = 理由；保存在监管链中
cli-approver-enrolled = 已登记 { $name }。{ $count ->
    [one] 还需再登记一人才能审批。
   *[other] 现有 { $count } 人可以审批。
 }
cli-approver-rekeyed = { $name } 的口令已更换。
cli-approver-revoked = { $name } 不再有审批资格。
cli-passphrase-from = 从仅所有者可读的文件或 /dev/fd/N 读取某人的口令；未给出时在终端询问
cli-passphrase-new-from = 从文件读取新口令，要求同上
cli-passphrase-ask = { $name } 的口令：
cli-passphrase-new = 请 { $name } 自行设定口令：
cli-passphrase-again = 再输入一次：
cli-column-enrolled = 登记时间
cli-column-revoked = 撤销时间
custody-action-approver-rekeyed = 审批人更换口令
custody-action-approver-challenged = 询问口令
