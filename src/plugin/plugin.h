/* Plugins as they are written and given away: new ones from a skeleton, finished ones as
 * packages of the operating system (commands.md 1.21).
 *
 * A plugin is a folder: agent/NAME.ddl, the program agent/NAME beside it, and perhaps
 * data/, util/, validator/, aggregate/, application/. All that is read there was written
 * by strangers: names and texts that a package or a script could take for something else
 * are refused, and no shell is run. */
#ifndef MC_PLUGIN_PLUGIN_H
#define MC_PLUGIN_PLUGIN_H

#include "ddl/ddl.h"

enum
{
    MC_PLUGIN_REFUSED = 1, /* the words are in error */
};

/* What metadata says; NULL for what is not known. */
struct mc_plugin_texts
{
    const char *name;
    const char *description;
    const char *author;
    const char *license;
    const char *version;
    const char *url;
};

/* --- new plugins --- */

struct mc_plugin_skeleton
{
    enum mc_ddl_kind kind; /* MC_DDL_AGENT or MC_DDL_DATA */
    const char *name;
    const char *language;         /* "python", "shell", "ruby"; NULL is the default */
    struct mc_plugin_texts texts; /* NULL ones become placeholders like %AUTHOR% */
    unsigned timeout_s;           /* 0 is the default */
    const char *const *words;     /* NULL-terminated: actions, or outputs of data */
};

/* The files that were made. */
struct mc_plugin_made
{
    const char *folder;
    const char *ddl;
    const char *code;
    const char *note; /* what the user has to know about the code, or NULL */
};

/* Make the folder of a new plugin below the working directory.
 * skeleton: borrowed.   arena: owns *ret_made.
 * error: the spec's words ("cannot generate 'x' : plugin directory already exists.").
 * Returns 0; MC_PLUGIN_REFUSED, and then nothing was made; -errno. Blocks on the disk. */
int mc_plugin_generate(const struct mc_plugin_skeleton *skeleton,
                       struct mc_arena *arena, struct mc_plugin_made *ret_made,
                       struct mc_error *error) MC_MUST_USE;

/* --- packages --- */

/* At most so many files are packaged, each at most so long. */
#define MC_PLUGIN_FILES_MAX 4096
#define MC_PLUGIN_FILE_BYTES_MAX ((size_t)32 * 1024 * 1024)
#define MC_PLUGIN_BYTES_MAX ((size_t)64 * 1024 * 1024)

enum mc_plugin_format
{
    MC_PLUGIN_DEB,
    MC_PLUGIN_RPM,
};

/* What the options of the command say; NULL for what was not given. */
struct mc_plugin_wishes
{
    const char *folder;
    const char *format; /* deb, rpm, their long names, or by operating system */
    struct mc_plugin_texts texts;
    const char *revision;
    const char *vendor;
    const char *pluginpath;
    const char *mcname;
    const char *mcversion;
    const char *preinstall; /* files */
    const char *postinstall;
    const char *const *dependencies; /* NULL-terminated */
};

/* One file of a package. */
struct mc_plugin_file
{
    const char *source; /* below the plugin's folder */
    bool executable;
};

/* One package: what a client, a node or both need. */
struct mc_plugin_part
{
    const char *type; /* "common", "agent", "client", "data" … */
    const char *description;
    bool needs_common;
    bool binary; /* has a program for one processor */
    struct mc_plugin_file *files;
    size_t files_count;
};

#define MC_PLUGIN_PARTS_MAX 3

struct mc_plugin
{
    enum mc_plugin_format format;
    const char *root;             /* the folder that has agent/ and so on */
    const char *type;             /* "Agent", "Data" … */
    struct mc_plugin_texts texts; /* all there; the name fit for packages */
    const char *package;          /* mcname-name, to which -type is added */
    const char *requirement;      /* the package that all parts need */
    const char *mcversion;        /* of it, or NULL */
    const char *revision;
    const char *vendor;
    const char *pluginpath; /* absolute */
    const char *preinstall; /* file, or NULL */
    const char *postinstall;
    const char *const *dependencies; /* those of this format, NULL-terminated */
    bool binary;                     /* one of the parts is */
    int64_t changed_s;               /* SOURCE_DATE_EPOCH, or of the newest file */
    struct mc_plugin_part parts[MC_PLUGIN_PARTS_MAX];
    size_t parts_count;
};

/* Find out what would be packaged.
 * wishes: borrowed as long as the result lives.   arena: owns *ret_plugin.
 * error: what, where, and what to do.
 * Returns 0; MC_PLUGIN_REFUSED; -ENOMEM. Blocks on the disk. */
int mc_plugin_read(const struct mc_plugin_wishes *wishes, struct mc_arena *arena,
                   const struct mc_plugin **ret_plugin, struct mc_error *error)
    MC_MUST_USE;

/* Called for each package that was built.
 * name: of its file. */
typedef void mc_plugin_built_fn(void *user, const char *name);

/* How to build. */
struct mc_plugin_build
{
    const char *into; /* folder, absolute */
    bool keep;        /* the folder in which packages are put together */
    mc_plugin_built_fn *built;
    void *user;
};

/* Build the packages with dpkg-deb or rpmbuild.
 * ret_kept: the folder that was kept, in arena; NULL when there is none.
 * error: with what the tool said.
 * Returns 0; MC_PLUGIN_REFUSED; -errno. Blocks on the disk and on the tools, which are
 * ended after some minutes. */
int mc_plugin_package(const struct mc_plugin *plugin,
                      const struct mc_plugin_build *build, struct mc_arena *arena,
                      const char **ret_kept, struct mc_error *error) MC_MUST_USE;

#endif
