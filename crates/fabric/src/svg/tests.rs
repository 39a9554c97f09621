// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the picture: well-formed, small, and it shows what it was given.

use super::{Overlay, draw, escape};
use crate::device::{Device, dies};
use crate::floorplan::analyse;
use crate::pblock::PblockSpec;
use crate::site::SiteRange;

/// A very small XML check: tags nest, attributes are quoted, no stray `<` or `&`.
fn well_formed(text: &str) -> Result<usize, String> {
    let (mut stack, mut rest, mut elements) = (Vec::new(), text, 0);
    while let Some(i) = rest.find('<') {
        if rest[..i]
            .replace("&amp;", "")
            .replace("&lt;", "")
            .replace("&gt;", "")
            .replace("&quot;", "")
            .replace("&#39;", "")
            .contains(['&', '>'])
        {
            return Err(format!("stray character in `{}`", &rest[..i]));
        }
        let end = rest[i..].find('>').ok_or("no end of tag")? + i;
        let tag = &rest[i + 1..end];
        rest = &rest[end + 1..];
        if tag.matches('"').count() % 2 != 0 {
            return Err(format!("quotes in `{tag}`"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if stack.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
        } else {
            elements += 1;
            let name = tag.split([' ', '/']).next().unwrap_or("");
            if !tag.ends_with('/') {
                stack.push(name);
            }
        }
    }
    if stack.is_empty() { Ok(elements) } else { Err(format!("open: {stack:?}")) }
}

#[test]
fn every_device_is_drawn_small_and_well_formed() {
    for die in dies() {
        let core = die.parts()[0].name.split('.').next().unwrap();
        let Ok(device) = Device::of_part(core) else { continue };
        let all = |text: &str| SiteRange::parse_list(text).unwrap();
        let specs = [
            PblockSpec::new("a", all("SLICE_X0Y0:SLICE_X21Y59 RAMB36_X0Y0:RAMB36_X0Y9")),
            PblockSpec::new("b <&\"'>", all("SLICE_X30Y60:SLICE_X999Y999")),
        ];
        // Every frame of the die as an overlay: the worst case.
        let frames =
            die.frame_map().map_or(Vec::new(), |m| (0..m.len()).filter_map(|i| m.address(i)).collect());
        let overlay = Overlay { label: "all & more".into(), frames };
        let svg = draw(&analyse(&device, &specs), &[overlay.clone(), overlay]);
        let elements = well_formed(&svg).unwrap_or_else(|e| panic!("{core}: {e}"));
        assert!(elements > 30, "{core}");
        assert!(svg.len() < 300_000, "{core}: {} bytes", svg.len());
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{core}");
    }
}

#[test]
fn shows_what_it_was_given() {
    let device = Device::of_part("xc7z020clg400-1").unwrap();
    let ranges = SiteRange::parse_list("SLICE_X36Y50:SLICE_X39Y99").unwrap();
    let plan = analyse(&device, &[PblockSpec::new("pr_0", ranges)]);
    let plain = draw(&plan, &[]);
    assert!(plain.contains(">pr_0</text>") && plain.contains(">PS</text>") && plain.contains(">X0Y2</text>"));
    assert!(!plain.contains("url(#hatch0)"));
    let frames = plan.partitions[0].frames.addresses().collect();
    let svg = draw(&plan, &[Overlay { label: "conv.bit".into(), frames }]);
    assert!(svg.contains("written by conv.bit") && svg.contains("url(#hatch0)"));
    assert!(plain.len() < 40_000, "{}", plain.len());
}

#[test]
fn text_is_escaped() {
    assert_eq!(escape("a<b>&\"'\u{1}"), "a&lt;b&gt;&amp;&quot;&#39; ");
}
