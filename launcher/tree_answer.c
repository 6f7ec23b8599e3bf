// What a session on a tree has to say beside its records: which entry failed, what was left out, which parents were made. One write an
// answer, into a file that TypeScript reads when the launcher has ended.
#include "gnu.h"
#include "tree.h"

#include <string.h>
#include <unistd.h>

enum { NAME_LENGTH_MAX = 255 };  // XATTR_NAME_MAX

static void put(const struct tree_session *session, struct tree_answer answer, const char *path, const char *name) {
	static uint8_t bytes[sizeof answer + PATH_MAX + NAME_LENGTH_MAX];
	if (session->answers < 0) return;
	if (answer.path_length > PATH_MAX) answer.path_length = PATH_MAX;
	if (answer.name_length > NAME_LENGTH_MAX) answer.name_length = NAME_LENGTH_MAX;
	answer.length = (uint32_t)sizeof answer + answer.path_length + answer.name_length;
	memcpy(bytes, &answer, sizeof answer);
	memcpy(bytes + sizeof answer, path, answer.path_length);
	if (name) memcpy(bytes + sizeof answer + answer.path_length, name, answer.name_length);
	// A full disk must not hide the failure that it caused: then the report's errno has to do.
	ssize_t written = write(session->answers, bytes, answer.length);
	(void)written;
}

void tree_answer(const struct tree_session *session, enum tree_answer_kind kind, int error, const struct tree_record *record,
	const char *name) {
	const struct tree_header *header = &record->header;
	put(session,
		(struct tree_answer){
			.kind = kind, .error = (uint32_t)error, .step = session->step, .uid = header->uid, .gid = header->gid,
			.path_length = header->path_length, .name_length = name ? (uint32_t)strlen(name) : 0,
		},
		record->path, name);
}

void tree_answer_path(const struct tree_session *session, enum tree_answer_kind kind, int error, const char *path, size_t length) {
	put(session, (struct tree_answer){.kind = kind, .error = (uint32_t)error, .step = session->step, .path_length = (uint32_t)length},
		path, NULL);
}
