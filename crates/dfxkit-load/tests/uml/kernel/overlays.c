// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * device-tree/overlays/<name>/{path,dtbo,status} in configfs, with the behaviour of linux-xlnx: `path` names a file below
 * the firmware search path and answers with an errno; `dtbo` takes the blob, which is applied when the file is closed, so
 * that a failure shows in `status` alone; removing the directory removes the overlay.
 */
#include <linux/configfs.h>
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/slab.h>

struct overlay {
	struct config_item item;
	char path[PATH_MAX];
	void *blob;
	size_t size;
	int changeset;
	bool applied;
};

static struct overlay *overlay_of(struct config_item *item)
{
	return container_of(item, struct overlay, item);
}

static int overlay_apply(struct overlay *overlay, const void *blob, size_t size)
{
	int problem;

	if (overlay->applied)
		return -EPERM;
	/* Kept for whoever reads `dtbo` back. */
	overlay->blob = kmemdup(blob, size, GFP_KERNEL);
	if (!overlay->blob)
		return -ENOMEM;
	problem = of_overlay_fdt_apply(overlay->blob, size, &overlay->changeset);
	if (!problem) {
		overlay->size = size;
		overlay->applied = true;
		return 0;
	}
	pr_err("overlay %s: %d\n", config_item_name(&overlay->item), problem);
	if (overlay->changeset)
		of_overlay_remove(&overlay->changeset);
	overlay->changeset = 0;
	kfree(overlay->blob);
	overlay->blob = NULL;
	return problem;
}

static ssize_t overlay_path_show(struct config_item *item, char *out)
{
	return sysfs_emit(out, "%s\n", overlay_of(item)->path);
}

static ssize_t overlay_path_store(struct config_item *item, const char *in, size_t count)
{
	struct overlay *overlay = overlay_of(item);
	const struct firmware *file;
	int problem;

	if (overlay->applied)
		return -EPERM;
	strscpy(overlay->path, in, sizeof(overlay->path));
	strim(overlay->path);
	problem = request_firmware(&file, overlay->path, NULL);
	if (!problem) {
		problem = overlay_apply(overlay, file->data, file->size);
		release_firmware(file);
	}
	if (problem)
		overlay->path[0] = '\0';
	return problem ? problem : count;
}
CONFIGFS_ATTR(overlay_, path);

static ssize_t overlay_status_show(struct config_item *item, char *out)
{
	return sysfs_emit(out, "%s\n", overlay_of(item)->applied ? "applied" : "unapplied");
}
CONFIGFS_ATTR_RO(overlay_, status);

static ssize_t overlay_dtbo_read(struct config_item *item, void *out, size_t space)
{
	struct overlay *overlay = overlay_of(item);

	if (out)
		memcpy(out, overlay->blob, min(space, overlay->size));
	return overlay->size;
}

static ssize_t overlay_dtbo_write(struct config_item *item, const void *in, size_t count)
{
	int problem = overlay_apply(overlay_of(item), in, count);

	return problem ? problem : count;
}
CONFIGFS_BIN_ATTR(overlay_, dtbo, NULL, 1 << 20);

static struct configfs_attribute *attributes[] = { &overlay_attr_path, &overlay_attr_status, NULL };
static struct configfs_bin_attribute *binary_attributes[] = { &overlay_attr_dtbo, NULL };

static void overlay_release(struct config_item *item)
{
	struct overlay *overlay = overlay_of(item);

	if (overlay->applied)
		of_overlay_remove(&overlay->changeset);
	kfree(overlay->blob);
	kfree(overlay);
}

static struct configfs_item_operations item_operations = { .release = overlay_release };
static const struct config_item_type overlay_type = {
	.ct_item_ops = &item_operations,
	.ct_attrs = attributes,
	.ct_bin_attrs = binary_attributes,
	.ct_owner = THIS_MODULE,
};

static struct config_item *overlay_make(struct config_group *group, const char *name)
{
	struct overlay *overlay = kzalloc(sizeof(*overlay), GFP_KERNEL);

	if (!overlay)
		return ERR_PTR(-ENOMEM);
	config_item_init_type_name(&overlay->item, name, &overlay_type);
	return &overlay->item;
}

static struct configfs_group_operations group_operations = { .make_item = overlay_make };
static const struct config_item_type group_type = { .ct_group_ops = &group_operations, .ct_owner = THIS_MODULE };
static const struct config_item_type subsystem_type = { .ct_owner = THIS_MODULE };
static struct config_group overlays;
static struct configfs_subsystem device_tree = {
	.su_group = { .cg_item = { .ci_namebuf = "device-tree", .ci_type = &subsystem_type } },
};

static int __init enter(void)
{
	mutex_init(&device_tree.su_mutex);
	config_group_init(&device_tree.su_group);
	config_group_init_type_name(&overlays, "overlays", &group_type);
	configfs_add_default_group(&overlays, &device_tree.su_group);
	return configfs_register_subsystem(&device_tree);
}

static void __exit leave(void)
{
	configfs_unregister_subsystem(&device_tree);
}

module_init(enter);
module_exit(leave);
MODULE_DESCRIPTION("Device-tree overlays through configfs, for tests");
MODULE_LICENSE("GPL");
