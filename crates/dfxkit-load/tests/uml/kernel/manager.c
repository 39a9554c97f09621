// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * A low-level FPGA manager and a bridge without hardware, below the kernel's own fpga-mgr, fpga-bridge and
 * of-fpga-region. On the manager's device it adds the two attributes that linux-xlnx adds: `flags` and `firmware`.
 *
 * What a test may set (module parameters, also at run time):
 *   fail        "", "init", "write", "complete": the callback that fails, with
 *   error       this errno
 *   nolock      `firmware` does not take the manager's lock (as linux-xlnx)
 *   hold        1 takes the manager's lock, 0 gives it back: another user of the manager
 *   us_per_kib  pace of the port
 *   bridge_open state of the bridge
 *   odd_count   `firmware` answers a failed load with this count instead of an errno (0: off)
 * and what it may read: loads, bytes, crc (of the last image that was complete), flags, overlapped (times that one load
 * began inside another), open_bridge_loads (times that a load began while the bridge was open).
 */
#include <linux/crc32.h>
#include <linux/delay.h>
#include <linux/fpga/fpga-bridge.h>
#include <linux/fpga/fpga-mgr.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static char fail[16];
module_param_string(fail, fail, sizeof(fail), 0644);
static int error = -EIO;
module_param(error, int, 0644);
static bool nolock;
module_param(nolock, bool, 0644);
static unsigned int us_per_kib = 7;
module_param(us_per_kib, uint, 0644);
static ulong odd_count;
module_param(odd_count, ulong, 0644);
static char *manager_name = "Xilinx Zynq FPGA Manager";
module_param(manager_name, charp, 0444);

static unsigned int loads, flags, overlapped, open_bridge_loads, crc;
static ulong bytes;
module_param(loads, uint, 0444);
module_param(bytes, ulong, 0444);
module_param(flags, uint, 0444);
module_param(crc, uint, 0444);
module_param(overlapped, uint, 0444);
module_param(open_bridge_loads, uint, 0444);

static struct fpga_manager *manager;
static atomic_t inside = ATOMIC_INIT(0);
static unsigned int running_crc;
static bool bridge_open = true;
module_param(bridge_open, bool, 0644);
static unsigned long attribute_flags;

static bool fails_in(const char *callback)
{
	/* A value written through sysfs ends with a newline. */
	return sysfs_streq(fail, callback);
}

static int begin(struct fpga_manager *mgr, struct fpga_image_info *info, const char *data, size_t size)
{
	static const u8 sync[] = { 0x66, 0x55, 0x99, 0xaa };
	size_t at;

	if (atomic_inc_return(&inside) > 1)
		overlapped++;
	if (bridge_open)
		open_bridge_loads++;
	flags = info->flags;
	bytes = 0;
	running_crc = ~0;
	if (fails_in("init"))
		goto failed;
	for (at = 0; at + sizeof(sync) <= size; at += sizeof(sync))
		if (!memcmp(data + at, sync, sizeof(sync)))
			return 0;
	dev_err(&mgr->dev, "no sync word in the byte order of the port\n");
	atomic_dec(&inside);
	return -EINVAL;
failed:
	atomic_dec(&inside);
	return error;
}

static int take(struct fpga_manager *mgr, const char *data, size_t size)
{
	if (fails_in("write")) {
		atomic_dec(&inside);
		return error;
	}
	fsleep((size >> 10) * us_per_kib + 1);
	running_crc = crc32_le(running_crc, data, size);
	bytes += size;
	return 0;
}

static int finish(struct fpga_manager *mgr, struct fpga_image_info *info)
{
	atomic_dec(&inside);
	if (fails_in("complete"))
		return error;
	crc = ~running_crc;
	loads++;
	return 0;
}

static enum fpga_mgr_states state(struct fpga_manager *mgr)
{
	return FPGA_MGR_STATE_OPERATING;
}

static const struct fpga_manager_ops operations = {
	.initial_header_size = 128,
	.state = state,
	.write_init = begin,
	.write = take,
	.write_complete = finish,
};

static ssize_t flags_show(struct device *dev, struct device_attribute *attr, char *out)
{
	return sysfs_emit(out, "%lx\n", attribute_flags);
}

static ssize_t flags_store(struct device *dev, struct device_attribute *attr, const char *in, size_t count)
{
	int problem = kstrtoul(in, 16, &attribute_flags);

	return problem ? problem : count;
}
static DEVICE_ATTR_RW(flags);

static ssize_t firmware_store(struct device *dev, struct device_attribute *attr, const char *in, size_t count)
{
	struct fpga_image_info *info = fpga_image_info_alloc(dev);
	size_t length = count;
	int problem = 0;

	if (!info)
		return -ENOMEM;
	if (length && in[length - 1] == '\n')
		length--;
	info->flags = attribute_flags;
	info->firmware_name = devm_kasprintf(dev, GFP_KERNEL, "%.*s", (int)length, in);
	if (!info->firmware_name)
		problem = -ENOMEM;
	if (!problem && !nolock)
		problem = fpga_mgr_lock(manager);
	if (!problem) {
		problem = fpga_mgr_load(manager, info);
		if (!nolock)
			fpga_mgr_unlock(manager);
	}
	fpga_image_info_free(info);
	if (problem && odd_count)
		return odd_count;
	return problem ? problem : count;
}
static DEVICE_ATTR_WO(firmware);

static struct attribute *attributes[] = { &dev_attr_flags.attr, &dev_attr_firmware.attr, NULL };
static const struct attribute_group group = { .attrs = attributes };

static bool held;

static int hold_set(const char *value, const struct kernel_param *param)
{
	bool wanted;
	int problem = kstrtobool(value, &wanted);

	if (problem || wanted == held)
		return problem;
	if (wanted)
		problem = fpga_mgr_lock(manager);
	else
		fpga_mgr_unlock(manager);
	if (!problem)
		held = wanted;
	return problem;
}
static const struct kernel_param_ops hold_operations = { .set = hold_set, .get = param_get_bool };
module_param_cb(hold, &hold_operations, &held, 0644);

static int manager_probe(struct platform_device *pdev)
{
	int problem;

	manager = fpga_mgr_register(&pdev->dev, manager_name, &operations, NULL);
	if (IS_ERR(manager))
		return PTR_ERR(manager);
	problem = device_add_group(&manager->dev, &group);
	if (problem)
		fpga_mgr_unregister(manager);
	return problem;
}

static int manager_remove(struct platform_device *pdev)
{
	device_remove_group(&manager->dev, &group);
	fpga_mgr_unregister(manager);
	return 0;
}

static const struct of_device_id manager_ids[] = { { .compatible = "dfxkit,fake-manager" }, {} };
static struct platform_driver manager_driver = {
	.probe = manager_probe,
	.remove = manager_remove,
	.driver = { .name = "dfxkit-fake-manager", .of_match_table = manager_ids },
};

static int bridge_set(struct fpga_bridge *bridge, bool enable)
{
	bridge_open = enable;
	return 0;
}

static int bridge_show(struct fpga_bridge *bridge)
{
	return bridge_open;
}

static const struct fpga_bridge_ops bridge_operations = { .enable_set = bridge_set, .enable_show = bridge_show };

static int bridge_probe(struct platform_device *pdev)
{
	struct fpga_bridge *bridge = fpga_bridge_register(&pdev->dev, "dfxkit fake bridge", &bridge_operations, NULL);

	if (IS_ERR(bridge))
		return PTR_ERR(bridge);
	platform_set_drvdata(pdev, bridge);
	return 0;
}

static int bridge_remove(struct platform_device *pdev)
{
	fpga_bridge_unregister(platform_get_drvdata(pdev));
	return 0;
}

static const struct of_device_id bridge_ids[] = { { .compatible = "dfxkit,fake-bridge" }, {} };
static struct platform_driver bridge_driver = {
	.probe = bridge_probe,
	.remove = bridge_remove,
	.driver = { .name = "dfxkit-fake-bridge", .of_match_table = bridge_ids },
};

static struct platform_driver *const drivers[] = { &manager_driver, &bridge_driver };

static int __init enter(void)
{
	return platform_register_drivers(drivers, ARRAY_SIZE(drivers));
}

static void __exit leave(void)
{
	platform_unregister_drivers(drivers, ARRAY_SIZE(drivers));
}

module_init(enter);
module_exit(leave);
MODULE_DESCRIPTION("FPGA manager and bridge without hardware, for tests");
MODULE_LICENSE("GPL");
