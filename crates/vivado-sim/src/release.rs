// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The releases that can be played, and what differs between them that a script or a log reader can see.
//!
//! Builds and dates as the public banners of those releases show them. DCP versions of 2022.2 and 2024.2 are
//! measured; the others are interpolated (nobody here has read such a file).

/// One release of Vivado.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) name: &'static str,
    pub(crate) build: &'static str,
    pub(crate) date: &'static str,
    pub(crate) ip_build: &'static str,
    pub(crate) ip_date: &'static str,
    pub(crate) shared: Option<(&'static str, &'static str)>,
    pub(crate) copyright_to: &'static str,
    pub(crate) dcp_version: u32,
    /// Minor version of the `.xpr` format.
    pub(crate) xpr_minor: u32,
    year: u32,
    half: u32,
}

const RELEASES: [Release; 6] = [
    Release {
        name: "2018.3",
        build: "2405991",
        date: "Thu Dec  6 23:36:41 MST 2018",
        ip_build: "2404404",
        ip_date: "Fri Dec  7 01:43:56 MST 2018",
        shared: None,
        copyright_to: "2018",
        dcp_version: 12,
        xpr_minor: 38,
        year: 2018,
        half: 3,
    },
    Release {
        name: "2020.2",
        build: "3064766",
        date: "Wed Nov 18 09:12:47 MST 2020",
        ip_build: "3064653",
        ip_date: "Wed Nov 18 14:17:31 MST 2020",
        shared: None,
        copyright_to: "2020",
        dcp_version: 16,
        xpr_minor: 54,
        year: 2020,
        half: 2,
    },
    Release {
        name: "2022.2",
        build: "3671981",
        date: "Fri Oct 14 04:59:54 MDT 2022",
        ip_build: "3669848",
        ip_date: "Fri Oct 14 08:30:02 MDT 2022",
        shared: None,
        copyright_to: "2022",
        dcp_version: 19,
        xpr_minor: 61,
        year: 2022,
        half: 2,
    },
    Release {
        name: "2023.2",
        build: "4029153",
        date: "Fri Oct 13 20:13:54 MDT 2023",
        ip_build: "4028589",
        ip_date: "Sat Oct 14 00:45:43 MDT 2023",
        shared: Some(("4025554", "Tue Oct 10 17:18:54 MDT 2023")),
        copyright_to: "2023",
        dcp_version: 21,
        xpr_minor: 65,
        year: 2023,
        half: 2,
    },
    Release {
        name: "2024.2",
        build: "5239630",
        date: "Fri Nov 08 22:34:34 MST 2024",
        ip_build: "5239520",
        ip_date: "Sun Nov 10 16:12:51 MST 2024",
        shared: Some(("5239561", "Fri Nov 08 14:39:27 MST 2024")),
        copyright_to: "2024",
        dcp_version: 23,
        xpr_minor: 68,
        year: 2024,
        half: 2,
    },
    Release {
        name: "2025.2",
        build: "6299465",
        date: "Fri Nov 14 12:34:56 MST 2025",
        ip_build: "6300035",
        ip_date: "Fri Nov 14 10:48:45 MST 2025",
        shared: Some(("6298862", "Thu Nov 13 04:50:51 MST 2025")),
        copyright_to: "2025",
        dcp_version: 25,
        xpr_minor: 70,
        year: 2025,
        half: 2,
    },
];

impl Release {
    pub(crate) fn find(name: &str) -> Option<Self> {
        RELEASES.iter().find(|r| r.name == name).copied()
    }

    pub(crate) fn names() -> String {
        RELEASES.map(|r| r.name).join(", ")
    }

    /// Whether this release is `year.half` or later.
    pub(crate) fn at_least(self, year: u32, half: u32) -> bool {
        (self.year, self.half) >= (year, half)
    }

    pub(crate) fn year(self) -> u32 {
        self.year
    }

    /// `wait_on_run(s)` throws on a failed run (2023.1 and later).
    pub(crate) fn wait_throws(self) -> bool {
        self.at_least(2023, 1)
    }

    /// Generated IP and BD products live under `.gen` (2020.2 and later), before that under `.srcs`.
    pub(crate) fn has_gen(self) -> bool {
        self.at_least(2020, 2)
    }

    /// What `dcp.xml` and reports call the product. Never without the mark.
    pub(crate) fn product(self) -> String {
        format!("Vivado v{} (64-bit) SIMULATED", self.name)
    }

    /// The `Tool Version` of report headers.
    pub(crate) fn tool_version(self) -> String {
        format!("Vivado v.{} (lin64) Build {} {} SIMULATED", self.name, self.build, self.date)
    }

    pub(crate) fn copyright(self) -> String {
        if self.at_least(2023, 1) {
            format!(
                "Copyright 1986-2022 Xilinx, Inc. All Rights Reserved. Copyright 2022-{} Advanced Micro Devices, Inc. All Rights Reserved.",
                self.copyright_to
            )
        } else {
            format!("Copyright 1986-{} Xilinx, Inc. All Rights Reserved.", self.copyright_to)
        }
    }
}
