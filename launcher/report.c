// The report (src/kernel/plan/report.ts): records of 16 bytes, each one write, so that processes of a plan may share the descriptor.
#include "gnu.h"
#include "machine.h"

#include <string.h>
#include <unistd.h>

void report(struct machine *machine, uint32_t kind, uint32_t op, int64_t value) {
	struct {
		uint32_t kind, op;
		int64_t value;
	} record = {kind, op, value};
	// A reader that has gone away is no reason to stop: the container's fate does not hang on it.
	ssize_t written = write(machine->report_fd, &record, sizeof record);
	(void)written;
}

void add_text(struct machine *machine, const char *text, size_t length) {
	if (machine->text_length && machine->text_length < TEXT_MAX) machine->text[machine->text_length++] = '\n';
	size_t room = TEXT_MAX - machine->text_length;
	if (length > room) length = room;
	memcpy(machine->text + machine->text_length, text, length);
	machine->text_length += length;
}

void report_text(struct machine *machine) {
	if (machine->item) report(machine, REPORT_ITEM, machine->op, machine->item);
	for (size_t at = 0; at < machine->text_length; at += sizeof(int64_t)) {
		int64_t value = 0;
		size_t rest = machine->text_length - at;
		memcpy(&value, machine->text + at, rest < sizeof value ? rest : sizeof value);
		report(machine, REPORT_TEXT, machine->op, value);
	}
}
