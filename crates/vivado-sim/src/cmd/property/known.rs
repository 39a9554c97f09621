// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which property names an object is known to have, so that a misspelled one is refused as Vivado refuses it.
//!
//! Sources: UG908 (bitstream settings), UG912 (properties), UG909 (DFX), and what write_project_tcl of public projects sets.
//! Where the list of a class is whole (BITSTREAM.*, Pblocks, the DFX objects), a name that is not in it is refused.
//! Where it is not (projects, filesets, files, runs: hundreds, and more in each release), only a name that is one or two
//! letters from a known one is, and every other is taken: the plainest reading of what public scripts rely on.
//!
//! Ids as public logs show them: [Common 17-142] for projects and files, [Common 17-54] with the class for others.

use crate::model::object::Kind;

/// `BITSTREAM.<group>.<name>`; the groups ENCRYPTION and AUTHENTICATION differ most by family and are taken as they come.
const BITSTREAM: &[(&str, &str)] = &[
    (
        "GENERAL",
        "COMPRESS CRC DEBUGBITSTREAM DISABLE_JTAG JTAG_SYSMON JTAG_XADC PERFRAMECRC SYSMONPOWERDOWN XADCENHANCEDLINEARITY XADCPARTIALRECONFIG XADCPOWERDOWN",
    ),
    (
        "CONFIG",
        "BPI_1ST_READ_CYCLE BPI_PAGE_SIZE BPI_SYNC_MODE BUSYPIN CCLKPIN CONFIGFALLBACK CONFIGRATE CSPIN D00_MOSI D01_DIN D02 D03 DCIUPDATEMODE DINPIN DONEPIN EXTMASTERCCLK_EN HSWAPENPIN INITPIN INITSIGNALSERROR M0PIN M1PIN M2PIN MMI NEXT_CONFIG_ADDR NEXT_CONFIG_REBOOT OVERTEMPPOWERDOWN OVERTEMPSHUTDOWN PERSIST POWERDOWNPIN PROGPIN PUDC_B RDWRPIN RDWR_B_FCS_B REVISIONSELECT REVISIONSELECT_TRISTATE SELECTMAPABORT SPI_32BIT_ADDR SPI_BUSWIDTH SPI_FALL_EDGE SPI_OPCODE TCKPIN TDIPIN TDOPIN TIMER_CFG TIMER_USR TMSPIN UNUSEDPIN USERID USR_ACCESS",
    ),
    ("READBACK", "ACTIVERECONFIG ICAP_SELECT READBACK SECURITY XADCPARTIALRECONFIG"),
    ("STARTUP", "DONEPIPE DONE_CYCLE GTS_CYCLE GWE_CYCLE LCK_CYCLE MATCH_CYCLE STARTUPCLK ENABLE_PCIE_WAIT"),
    ("ENCRYPTION", ""),
    ("AUTHENTICATION", ""),
];

const PBLOCK: &str = "CLASS NAME PARENT CONTAIN_ROUTING EXCLUDE_PLACEMENT IS_SOFT SNAPPING_MODE RESET_AFTER_RECONFIG PARTPIN_SPREADING GRID_RANGES DERIVED_RANGES GRIDTYPES PRIMITIVE_COUNT CELL_COUNT RECTANGLE_COUNT GRID_RANGE_PREFERRED REFERENCE HD.RECONFIGURABLE HD.ISOLATED HD.ISOLATED_EXEMPT HD.PLATFORM_WRAPPER HD.TANDEM HD.TANDEM_IP_PBLOCK HD.USERGRID_RANGES USER_SLL_REG EXCLUDE_ROUTING KEEP_OUT GROUP_TYPE SRC_INFO CONSTRAINED_LOCATION HD_RECONFIGURABLE";
const PARTITION_DEF: &str =
    "CLASS NAME MODULE_NAME LIBRARY DEFAULT_RM USE_BLACKBOX_STUB IS_BLOCK_CONTAINER_MANAGED TYPE";
const RECONFIG_MODULE: &str = "CLASS NAME PARTITION_DEF MODULE_NAME IS_GATE_LEVEL SUBDESIGN_FILESETS IS_BLOCK_CONTAINER_MANAGED SRCSET FILESET USE_BLACKBOX_STUB TOP";
const PR_CONFIGURATION: &str =
    "CLASS NAME AUTO_IMPORT PARTITION_CELL_RMS GREYBOX_CELLS USE_BLACKBOX ACTIVE IS_ACTIVE DFX_MODE";

const PROJECT: &str = "BOARD_PART BOARD_CONNECTIONS BOARD_PART_REPO_PATHS COMPXLIB.ACTIVEHDL_COMPILED_LIBRARY_DIR CORECONTAINER.ENABLE DEFAULT_LIB DIRECTORY ENABLE_OPTIONAL_RUNS_STA ENABLE_VHDL_2008 ENABLE_RESOURCE_ESTIMATION IP_CACHE_PERMISSIONS IP_INTERFACE_INFERENCE_PRIORITY IP_OUTPUT_REPO IP_REPO_PATHS LEGACY_IP_REPO_PATHS MEM.ENABLE_MEMORY_MAP_GENERATION NAME PART PLATFORM.BOARD_ID PR_FLOW PREFERRED_SIM_MODEL PROJECT_TYPE REVISED_DIRECTORY_STRUCTURE SIM.CENTRAL_DIR SIM.IP.AUTO_EXPORT_SCRIPTS SIM_COMPILE_STATE SIMULATOR_LANGUAGE SOURCE_MGMT_MODE TARGET_LANGUAGE TARGET_SIMULATOR TOOL_FLOW USE_INLINE_HDL_IP XPM_LIBRARIES XSIM.ARRAY_DISPLAY_LIMIT XPR";
const FILESET: &str = "CLASS NAME FILESET_TYPE TOP TOP_FILE TOP_LIB TOP_AUTO_SET TOP_ARCH DESIGN_MODE EDIF_EXTRA_SEARCH_PATHS ELAB_LINK_DCPS ELAB_LOAD_TIMING_CONSTRAINTS GENERIC HBS.CONFIGURE_DESIGN_FOR_HIER_ACCESS INCLUDE_DIRS LIB_MAP_FILE LOOP_COUNT NAME TARGET_CONSTRS_FILE TARGET_PART TARGET_UCF VERILOG_DEFINE VERILOG_UPPERCASE VERILOG_VERSION VHDL_VERSION VHDL_GENERIC XSIM.SIMULATE.RUNTIME SOURCE_SET CONSTRS_TYPE USE_BLACKBOX_STUB TCLPATH";
const FILE: &str = "CLASS NAME FILE_TYPE IS_ENABLED IS_GLOBAL_INCLUDE IS_GENERATED IS_AVAILABLE LIBRARY PATH_MODE USED_IN USED_IN_SYNTHESIS USED_IN_IMPLEMENTATION USED_IN_SIMULATION PROCESSING_ORDER SCOPED_TO_CELLS SCOPED_TO_REF GENERATE_SYNTH_CHECKPOINT SYNTH_CHECKPOINT_MODE REGISTERED_WITH_MANAGER IS_LOCKED IS_USER_DISABLED IMPORTED_FROM NEEDS_REFRESH PFM.NAME SELECTED_SIM_MODEL GENERATE_FILES_FOR_REFERENCE";
const RUN: &str = "CLASS NAME STATUS PROGRESS NEEDS_REFRESH DIRECTORY FLOW STRATEGY PART PARENT SRCSET CONSTRSET APPLY_CONSTRSET PR_CONFIGURATION DFX_MODE RM_INSTANCE GEN_FULL_BITSTREAM INCLUDE_IN_ARCHIVE INCREMENTAL_CHECKPOINT AUTO_INCREMENTAL_CHECKPOINT AUTO_INCREMENTAL_CHECKPOINT.DIRECTORY AUTO_RQS AUTO_RQS.DIRECTORY AUTO_RQS.SUGGESTION_RUN DESCRIPTION REPORT_STRATEGY SET_REPORT_STRATEGY_NAME IS_SYNTHESIS IS_IMPLEMENTATION CURRENT_STEP WRITE_INCREMENTAL_SYNTH_CHECKPOINT RQS_FILES ADD_RQS_FILES LOG_DIRECTORY";
const DESIGN: &str = "CLASS NAME PART TOP CONFIG_MODE CONFIG_VOLTAGE CFGBVS BITSTREAM POST_CRC POST_CRC_ACTION POST_CRC_FREQ POST_CRC_INIT_FLAG POST_CRC_SOURCE HD.RECONFIGURABLE DCI_CASCADE DESIGN_MODE ENABLE_BUFG_INSERTION INTERNAL_VREF SEVERITY_LEVEL";

/// What is known of a property name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// The object has it, or may have it.
    Yes,
    /// It has no such property.
    No,
}

fn within(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|k| k == name)
}

/// One letter left out, put in, replaced, or two neighbours swapped; short names are too near to each other to tell.
fn misspelled(list: &str, name: &str) -> bool {
    name.len() >= 4
        && list.split_whitespace().any(|k| k.len() >= 4 && one_edit(k.as_bytes(), name.as_bytes()))
}

fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    match (a, b) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([p, q], [r, s]) => p == s && q == r,
        _ => false,
    }
}

/// What is known of `name` (upper case) as a property of an object of `kind`.
pub(super) fn known(kind: Kind, name: &str) -> Known {
    let strict = |list: &str| if within(list, name) { Known::Yes } else { Known::No };
    let loose =
        |list: &str| if !within(list, name) && misspelled(list, name) { Known::No } else { Known::Yes };
    match kind {
        Kind::Design => match name.strip_prefix("BITSTREAM.") {
            Some(rest) => bitstream(rest),
            None => loose(DESIGN),
        },
        Kind::Pblock => strict(PBLOCK),
        Kind::PartitionDef => strict(PARTITION_DEF),
        // A module shares its name with its fileset and its properties are set through either.
        Kind::ReconfigModule if within(FILESET, name) || within(RUN, name) => Known::Yes,
        Kind::ReconfigModule => loose(RECONFIG_MODULE),
        Kind::PrConfiguration => strict(PR_CONFIGURATION),
        Kind::Project => loose(PROJECT),
        Kind::Fileset => loose(FILESET),
        Kind::File => loose(FILE),
        Kind::Run => loose(RUN),
        _ => Known::Yes,
    }
}

fn bitstream(rest: &str) -> Known {
    let Some((group, name)) = rest.split_once('.') else { return Known::No };
    match BITSTREAM.iter().find(|(g, _)| *g == group) {
        Some((_, "")) => Known::Yes,
        Some((_, names)) if within(names, name) => Known::Yes,
        _ => Known::No,
    }
}

/// The refusal: id and text.
pub(super) fn refusal(kind: Kind, prop: &str) -> (&'static str, String) {
    match kind {
        Kind::Project | Kind::Fileset | Kind::File => (
            "Common 17-142",
            format!(
                "Invalid property name '{prop}'.  Please use the 'list_property' command to find properties supported by the target '{}' object.",
                kind.class()
            ),
        ),
        _ => ("Common 17-54", format!("The object '{}' does not have a property '{prop}'.", kind.class())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, known};
    use crate::model::object::Kind;

    #[test]
    fn misspelled_names_are_refused_and_foreign_ones_taken() {
        for (kind, name) in [
            (Kind::Design, "BITSTREAM.GENERAL.COMPRES"),
            (Kind::Design, "BITSTREAM.COMPRESS"),
            (Kind::Design, "BITSTREAM.GENERALS.COMPRESS"),
            (Kind::Design, "CONFIG_VOLTGE"),
            (Kind::Pblock, "SNAP_MODE"),
            (Kind::Project, "TARGET_LANGAUGE"),
            (Kind::Run, "STRATEGYY"),
            (Kind::File, "IS_ENABLD"),
            (Kind::PrConfiguration, "GREYBOXES"),
        ] {
            assert_eq!(known(kind, name), Known::No, "{kind:?} {name}");
        }
        for (kind, name) in [
            (Kind::Design, "BITSTREAM.GENERAL.COMPRESS"),
            (Kind::Design, "BITSTREAM.ENCRYPTION.ENCRYPTKEYSELECT"),
            (Kind::Design, "SOMETHING_OF_A_USER"),
            (Kind::Project, "WEBTALK.XSIM_LAUNCH_SIM"),
            (Kind::Run, "STEPS.OPT_DESIGN.IS_ENABLED"),
            (Kind::Fileset, "XSIM.ELABORATE.DEBUG_LEVEL"),
            (Kind::File, "USED_IN_IMPLEMENTATION"),
            (Kind::Pblock, "CONTAIN_ROUTING"),
        ] {
            assert_eq!(known(kind, name), Known::Yes, "{kind:?} {name}");
        }
    }
}
