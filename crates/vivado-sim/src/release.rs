// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The releases that can be played, and what differs between them that a script or a log reader can see.
//!
//! Scripts check the release that they were written by (`version -short`), so every release with project-mode DFX is
//! here. Builds and dates as the public banners of those releases show them. DCP versions of 2022.2, 2024.1 and 2024.2
//! are measured; the others, and most `.xpr` minor versions, are interpolated (nobody here has read such a file).

/// One release of Vivado.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) name: &'static str,
    pub(crate) build: &'static str,
    pub(crate) date: &'static str,
    pub(crate) ip_build: &'static str,
    pub(crate) ip_date: &'static str,
    pub(crate) shared: Option<(&'static str, &'static str)>,
    pub(crate) dcp_version: u32,
    /// Minor version of the `.xpr` format.
    pub(crate) xpr_minor: u32,
    year: u32,
    half: u32,
}

/// Name, build and date, IP build and date; DCP version and minor version of the `.xpr`; the shared-data build.
const fn row(
    name: &'static str,
    build: [&'static str; 2],
    ip: [&'static str; 2],
    formats: (u32, u32),
    shared: Option<(&'static str, &'static str)>,
) -> Release {
    let digits = name.as_bytes();
    let mut year = 0;
    let mut at = 0;
    while at < 4 {
        year = year * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    Release {
        name,
        build: build[0],
        date: build[1],
        ip_build: ip[0],
        ip_date: ip[1],
        shared,
        dcp_version: formats.0,
        xpr_minor: formats.1,
        year,
        half: (digits[5] - b'0') as u32,
    }
}

const RELEASES: [Release; 17] = [
    row(
        "2017.4",
        ["2086221", "Fri Dec 15 20:54:30 MST 2017"],
        ["2085800", "Fri Dec 15 22:25:07 MST 2017"],
        (11, 35),
        None,
    ),
    row(
        "2018.2",
        ["2258646", "Thu Jun 14 20:02:38 MDT 2018"],
        ["2256618", "Thu Jun 14 22:10:49 MDT 2018"],
        (12, 37),
        None,
    ),
    row(
        "2018.3",
        ["2405991", "Thu Dec  6 23:36:41 MST 2018"],
        ["2404404", "Fri Dec  7 01:43:56 MST 2018"],
        (12, 38),
        None,
    ),
    row(
        "2019.1",
        ["2552052", "Fri May 24 14:47:09 MDT 2019"],
        ["2548770", "Fri May 24 18:01:18 MDT 2019"],
        (13, 44),
        None,
    ),
    row(
        "2019.2",
        ["2708876", "Wed Nov  6 21:39:14 MST 2019"],
        ["2700528", "Thu Nov  7 00:09:20 MST 2019"],
        (14, 48),
        None,
    ),
    row(
        "2020.1",
        ["2902540", "Wed May 27 19:54:35 MDT 2020"],
        ["2902112", "Wed May 27 22:43:36 MDT 2020"],
        (15, 51),
        None,
    ),
    row(
        "2020.2",
        ["3064766", "Wed Nov 18 09:12:47 MST 2020"],
        ["3064653", "Wed Nov 18 14:17:31 MST 2020"],
        (16, 54),
        None,
    ),
    row(
        "2021.1",
        ["3247384", "Thu Jun 10 19:36:07 MDT 2021"],
        ["3246043", "Fri Jun 11 00:30:35 MDT 2021"],
        (17, 56),
        None,
    ),
    row(
        "2021.2",
        ["3367213", "Tue Oct 19 02:47:39 MDT 2021"],
        ["3369179", "Thu Oct 21 08:25:16 MDT 2021"],
        (18, 58),
        None,
    ),
    row(
        "2022.1",
        ["3526262", "Mon Apr 18 15:47:01 MDT 2022"],
        ["3524634", "Mon Apr 18 20:55:01 MDT 2022"],
        (18, 60),
        None,
    ),
    row(
        "2022.2",
        ["3671981", "Fri Oct 14 04:59:54 MDT 2022"],
        ["3669848", "Fri Oct 14 08:30:02 MDT 2022"],
        (19, 61),
        None,
    ),
    row(
        "2023.1",
        ["3865809", "Sun May  7 15:04:56 MDT 2023"],
        ["3864474", "Sun May  7 20:36:21 MDT 2023"],
        (20, 63),
        Some(("3865790", "Sun May 07 13:33:03 MDT 2023")),
    ),
    row(
        "2023.2",
        ["4029153", "Fri Oct 13 20:13:54 MDT 2023"],
        ["4028589", "Sat Oct 14 00:45:43 MDT 2023"],
        (21, 65),
        Some(("4025554", "Tue Oct 10 17:18:54 MDT 2023")),
    ),
    row(
        "2024.1",
        ["5076996", "Wed May 22 18:36:09 MDT 2024"],
        ["5075265", "Wed May 22 21:45:21 MDT 2024"],
        (22, 67),
        Some(("5076995", "Wed May 22 18:29:18 MDT 2024")),
    ),
    row(
        "2024.2",
        ["5239630", "Fri Nov 08 22:34:34 MST 2024"],
        ["5239520", "Sun Nov 10 16:12:51 MST 2024"],
        (23, 68),
        Some(("5239561", "Fri Nov 08 14:39:27 MST 2024")),
    ),
    row(
        "2025.1",
        ["6140274", "Wed May 21 22:58:25 MDT 2025"],
        ["6138677", "Thu May 22 03:10:11 MDT 2025"],
        (24, 69),
        Some(("6139179", "Tue May 20 17:58:58 MDT 2025")),
    ),
    row(
        "2025.2",
        ["6299465", "Fri Nov 14 12:34:56 MST 2025"],
        ["6300035", "Fri Nov 14 10:48:45 MST 2025"],
        (25, 70),
        Some(("6298862", "Thu Nov 13 04:50:51 MST 2025")),
    ),
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
                self.year
            )
        } else {
            format!("Copyright 1986-{} Xilinx, Inc. All Rights Reserved.", self.year)
        }
    }
}
