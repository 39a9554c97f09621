// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
/*
 * A UIO device that claims the address of the decoupler and is one page of memory; its interrupt is raised by writing the
 * parameter `interrupt`. User-Mode Linux has no I/O memory, so the drivers of real register blocks cannot run in it.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uio_driver.h>

static ulong base = 0x41200000;
module_param(base, ulong, 0444);

static struct platform_device *pdev;
static struct uio_info info;
static unsigned long page;
static unsigned int enabled;
module_param(enabled, uint, 0444);

static int raise_interrupt(const char *value, const struct kernel_param *param)
{
	uio_event_notify(&info);
	return 0;
}
static const struct kernel_param_ops interrupt_operations = { .set = raise_interrupt };
module_param_cb(interrupt, &interrupt_operations, NULL, 0200);

static int map(struct uio_info *of, struct vm_area_struct *area)
{
	return vm_insert_page(area, area->vm_start, virt_to_page(page));
}

static int control(struct uio_info *of, s32 on)
{
	enabled += on == 1;
	return 0;
}

static int __init enter(void)
{
	int problem;

	page = get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	pdev = platform_device_register_simple("dfxkit-registers", -1, NULL, 0);
	if (IS_ERR(pdev)) {
		free_page(page);
		return PTR_ERR(pdev);
	}
	info.name = "decoupler";
	info.version = "1";
	info.irq = UIO_IRQ_CUSTOM;
	info.irqcontrol = control;
	info.mmap = map;
	info.mem[0].name = "registers";
	info.mem[0].addr = base;
	info.mem[0].size = PAGE_SIZE;
	info.mem[0].memtype = UIO_MEM_PHYS;
	problem = uio_register_device(&pdev->dev, &info);
	if (problem) {
		platform_device_unregister(pdev);
		free_page(page);
	}
	return problem;
}

static void __exit leave(void)
{
	uio_unregister_device(&info);
	platform_device_unregister(pdev);
	free_page(page);
}

module_init(enter);
module_exit(leave);
MODULE_DESCRIPTION("A register block and an interrupt without hardware, for tests");
MODULE_LICENSE("GPL");
