#include "machine.h"
int op_copy_up(struct machine *machine, const struct op *op) { (void)machine, (void)op; return -ENOSYS; }
int op_device_program(struct machine *machine, const struct op *op) { (void)machine, (void)op; return -ENOSYS; }
int op_netlink(struct machine *machine, const struct op *op) { (void)machine, (void)op; return -ENOSYS; }
