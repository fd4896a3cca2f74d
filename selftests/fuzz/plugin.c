// SPDX-License-Identifier: GPL-2.0
/* The plug-ins of plugins/. */
#include "fuzz.h"
#include "plugin.h"

#include <glob.h>

struct algate_prog *plugins[PLUGINS_MAX];
u32 nplugins;

/* the plug-ins of @plugins, but a message has at most SHORT bytes */
#define SHORT	512
static struct algate_prog *brief[PLUGINS_MAX];

static struct algate_prog *load(const char *path)
{
	struct algate_reject why;
	struct algate_prog *prog;
	size_t len;
	void *image = plugin_image(path, &len);

	prog = algate_image_decode(image, len, &why);
	free(image);
	if (!prog || algate_prog_verify(prog, &why))
		bug("%s: %s", path, algate_reason_text(why.reason));
	return prog;
}

static struct algate_prog *load_short(const char *path)
{
	struct algate_prog *prog = load(path);
	u32 i;

	for (i = 0; i < prog->nframes; i++)
		if (prog->frame[i].kind == ALGATE_FRAME_HEADERS ||
		    prog->frame[i].kind == ALGATE_FRAME_LENGTH)
			prog->frame[i].max = min_t(u32, prog->frame[i].max,
						   SHORT);
	return prog;
}

void plugins_load(void)
{
	glob_t paths;
	size_t i;

	if (glob("plugins/*.alg", 0, NULL, &paths) ||
	    paths.gl_pathc > PLUGINS_MAX)
		bug("no plug-ins in plugins/, or too many");
	for (i = 0; i < paths.gl_pathc; i++) {
		brief[nplugins] = load_short(paths.gl_pathv[i]);
		plugins[nplugins++] = load(paths.gl_pathv[i]);
	}
	globfree(&paths);
}

void plugins_free(void)
{
	u32 i;

	for (i = 0; i < nplugins; i++) {
		algate_prog_free(plugins[i]);
		algate_prog_free(brief[i]);
	}
}

u32 plugin_index(const u8 *name)
{
	u32 i, sum = 0;

	for (i = 0; i < nplugins; i++)
		if (!strncmp(plugins[i]->name, (const char *)name, NAME_LEN))
			return i;
	for (i = 0; i < NAME_LEN; i++)
		sum += name[i];
	return sum % nplugins;
}

const struct algate_prog *plugin_select(const u8 *name, bool is_short)
{
	u32 i = plugin_index(name);

	return is_short ? brief[i] : plugins[i];
}

bool plugin_serves(const struct algate_prog *prog, u8 proto)
{
	u32 i;

	for (i = 0; i < prog->nservices; i++)
		if (prog->service[i].proto == proto)
			return true;
	return false;
}
