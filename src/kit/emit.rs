// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! README.txt and the loader crate of a kit, from templates.
//!
//! Values reach the Rust template as whole Rust tokens (literals, identifiers), made here: a name of the description can
//! become neither code nor the end of a comment.

use std::collections::{BTreeMap, BTreeSet};

use dfxkit_fabric::Family;
use dfxkit_handoff::kit::{File, FileKind, Manifest, Module, Partition, Verdict};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::KitError;
use super::{registers, sources};

const TEMPLATES: [(&str, &str); 7] = [
    ("README.txt", include_str!("../../templates/kit/README.txt")),
    ("loader/Cargo.toml", include_str!("../../templates/kit/loader/Cargo.toml")),
    ("loader/README.md", include_str!("../../templates/kit/loader/README.md")),
    ("loader/src/access.rs", include_str!("../../templates/kit/loader/src/access.rs")),
    ("loader/src/registers.rs", include_str!("../../templates/kit/loader/src/registers.rs")),
    ("loader/src/lib.rs", include_str!("../../templates/kit/loader/src/lib.rs")),
    ("loader/src/bin/load-kit.rs", include_str!("../../templates/kit/loader/src/bin/load-kit.rs")),
];

/// Oldest Rust that builds the loader: our own.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// README.txt and everything below `loader/`, by path in the kit.
pub(super) fn files(
    manifest: &Manifest,
    family: Option<Family>,
    written: &BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Vec<u8>>, KitError> {
    let mut tera = tera::Tera::default();
    tera.autoescape_on(Vec::<&'static str>::new());
    tera.add_raw_templates(TEMPLATES)
        .map_err(|e| KitError::Template { name: "templates/kit", message: chain(&e) })?;
    let package = package_name(&manifest.project.name);
    let version = package_version(&manifest.project.version);
    let crate_context = crate_context(manifest, family, &package, &version, written);
    let mut files = BTreeMap::new();
    for (name, _) in TEMPLATES {
        let value =
            if name == "README.txt" { readme_context(manifest, written) } else { crate_context.clone() };
        let context = tera::Context::from_serialize(&value)
            .map_err(|e| KitError::Template { name, message: chain(&e) })?;
        let text =
            tera.render(name, &context).map_err(|e| KitError::Template { name, message: chain(&e) })?;
        let text = format!("{}\n", text.trim_end());
        files.insert(name.to_owned(), text.into_bytes());
    }
    for (name, bytes) in sources::vendored() {
        files.insert(format!("loader/vendor/{name}"), bytes);
    }
    files.insert("loader/Cargo.lock".to_owned(), sources::lock(&package, &version).into_bytes());
    Ok(files)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        text.push_str(&format!(": {inner}"));
        next = inner.source();
    }
    text
}

fn readme_context(m: &Manifest, written: &BTreeMap<String, Vec<u8>>) -> Value {
    #[derive(Serialize)]
    struct Row<'m> {
        name: &'m str,
        greybox: bool,
        bytes: u64,
    }
    let partitions: Vec<Value> = m
        .partitions
        .iter()
        .map(|p| {
            let modules: Vec<Row<'_>> = own(m, p)
                .map(|x| Row {
                    name: &x.name,
                    greybox: x.greybox,
                    bytes: find(&x.files, FileKind::Partial).map_or(0, |f| f.size),
                })
                .collect();
            let isolation: Vec<String> = p
                .isolation
                .iter()
                .map(|i| {
                    let place = match i.address {
                        Some(address) => format!("at {address:#x}"),
                        None => "on a pin".to_owned(),
                    };
                    format!("{} {place} ({})", i.kind, line(&i.path))
                })
                .collect();
            json!({"name": line(&p.name), "cell": line(&p.cell), "power_up": p.power_up, "modules": modules, "isolation": isolation.join(", ")})
        })
        .collect();
    let open: Vec<Value> = m
        .gates
        .iter()
        .filter(|g| g.verdict != Verdict::Passed)
        .map(|g| json!({"verdict": g.verdict, "gate": line(&g.gate), "subject": line(&g.subject), "expected": line(&g.expected), "actual": line(&g.actual)}))
        .collect();
    let missing: Vec<Value> = m
        .missing
        .iter()
        .map(|x| json!({"subject": if x.subject.is_empty() { "the build".to_owned() } else { line(&x.subject) }, "what": line(&x.what), "why": line(&x.why)}))
        .collect();
    json!({
        "project": line(&m.project.name), "version": line(&m.project.version), "part": line(&m.device.part),
        "simulated": m.simulated, "verdict": m.verdict, "open_gates": open, "partitions": partitions,
        "clears": m.files().any(|f| f.kind == FileKind::Clear),
        "overlays": written.keys().any(|n| n.starts_with("modules/") && n.ends_with("_program.dtso")),
        "dfx_mgr": written.keys().any(|n| n.starts_with("dfx-mgr/")),
        "bins": m.files().any(|f| f.kind == FileKind::PartialBin),
        "identity": m.fixed.identity, "full_path": m.full_image().map(|f| f.path.as_str()), "missing": missing,
        "dfxkit": m.dfxkit, "release": line(&m.vivado.release), "build": m.vivado.build, "golden": m.fixed.golden, "rust": RUST,
    })
}

fn crate_context(
    m: &Manifest,
    family: Option<Family>,
    package: &str,
    version: &str,
    written: &BTreeMap<String, Vec<u8>>,
) -> Value {
    let mut types = Names::reserved(&["FpgaManager", "LoadFailure", "Loader", "Outcome", "Registers"]);
    let mut modules = Names::reserved(&[
        "access",
        "alloc",
        "core",
        "fixed",
        "image",
        "loader",
        "open",
        "partition",
        "registers",
        "std",
    ]);
    let partitions: Vec<Value> = m
        .partitions
        .iter()
        .map(|p| {
            let mut variants = Names::default();
            let rows: Vec<Value> = own(m, p)
                .map(|x| {
                    json!({
                        "name": literal(&x.name), "doc": doc(&x.name), "ty": variants.camel(&x.name), "greybox": x.greybox,
                        "image": image(x, FileKind::PartialBin, FileKind::Partial).unwrap_or_default(),
                        "clear": option(image(x, FileKind::ClearBin, FileKind::Clear)),
                        "id": option(x.id.as_ref().map(|id| format!(
                            "Probe {{ address: {:#x}, mask: {:#x}, expected: {:#x}, patience: Duration::from_micros({}) }}",
                            id.address, id.mask, id.value, id.timeout_us
                        ))),
                        "overlay": option(find(&x.files, FileKind::Overlay).map(|f| format!(
                            "Blob {{ path: {}, size: {}, sha256: digest({}) }}",
                            literal(f.path.as_str()), f.size, literal(&f.sha256)
                        ))),
                    })
                })
                .collect();
            let tys: Vec<&str> = rows.iter().filter_map(|r| r["ty"].as_str()).collect();
            let frames: Vec<String> =
                p.frames.ranges.iter().map(|(a, b)| format!("({a:#010x}, {b:#010x})")).collect();
            let isolation: Vec<String> = p
                .isolation
                .iter()
                .map(|i| {
                    let kind = if i.kind == "decoupler" { "Decoupler" } else { "ShutdownManager" };
                    format!(
                        "Isolation {{ path: {}, kind: IsolationKind::{kind}, address: {} }}",
                        literal(&i.path),
                        option(i.address.map(|a| format!("{a:#x}")))
                    )
                })
                .collect();
            json!({
                "name": literal(&p.name), "cell": literal(&p.cell), "doc": doc(&p.name), "ty": types.camel(&p.name),
                "module": modules.snake(&p.name), "power_up": option(p.power_up.as_deref().map(literal)),
                "reset": option(p.reset.as_ref().map(|r| format!(
                    "Reset {{ address: {:#x}, mask: {:#x}, active_high: {}, hold: Duration::from_micros({}) }}",
                    r.address, r.mask, r.active_high, r.hold_us
                ))),
                "frames": frames.join(", "), "isolation": isolation.join(", "), "count": rows.len(),
                "all": tys.iter().map(|t| format!("Self::{t}")).collect::<Vec<_>>().join(", "),
                "list": tys.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", "),
                "modules": rows,
            })
        })
        .collect();
    let places: Vec<String> =
        partitions.iter().filter_map(|p| p["module"].as_str().map(str::to_owned)).collect();
    let scopes = registers::scopes(m, written, &places);
    let full = find(&m.fixed.files, FileKind::FullBin).or_else(|| find(&m.fixed.files, FileKind::Full));
    let title = doc(&format!("Kit {} {}", m.project.name, m.project.version));
    let example = example(&partitions, &scopes);
    json!({
        "example_lines": example.lines().collect::<Vec<_>>(), "example": example, "scopes": scopes, "title": title, "simulated": m.simulated, "dfxkit": m.dfxkit, "rust": RUST,
        "package": package, "package_version": version, "partitions": partitions,
        "static_id": literal(&m.fixed.identity), "name": literal(&m.project.name), "version": literal(&m.project.version),
        "verdict": literal(&m.verdict.to_string()), "part": literal(&m.device.part),
        "idcode": option(m.device.idcode.and_then(|c| u32::try_from(c).ok()).map(|c| format!("{c:#010x}"))),
        "needs_clear": family.is_some_and(Family::has_clearing_bitstreams),
        "full": option(full.map(|f| image_call(f, "Full"))),
    })
}

/// The use of the crate in a few lines, which its documentation compiles.
fn example(partitions: &[Value], scopes: &[Value]) -> String {
    let some = partitions.iter().find(|p| p["modules"].as_array().is_some_and(|m| !m.is_empty()));
    let Some(p) = some else { return "// this kit has no module".to_owned() };
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    format!(
        "let manager = kit::loader::Sysfs::open(\"/\".as_ref())?;\n\
         let registers = kit::loader::Mapped::new(\"/\".as_ref());\n\
         let mut loader = kit::open(\"..\".as_ref(), \"/\".as_ref(), manager, registers, Default::default());\n\
         kit::Partition::{}.load(&mut loader, kit::{}::Module::{})?;{}",
        text(&p["ty"]),
        text(&p["module"]),
        text(&p["modules"][0]["ty"]),
        register_example(scopes).unwrap_or_default()
    )
}

/// The first register of a kit that can be read.
fn register_example(scopes: &[Value]) -> Option<String> {
    let list = |v: &Value, key: &str| v[key].as_array().cloned().unwrap_or_default();
    for scope in scopes {
        for module in list(scope, "modules") {
            for block in list(&module, "blocks") {
                let readable = |r: &Value| r["access"] != "WriteOnly";
                let Some(register) = list(&block, "registers").into_iter().find(readable) else { continue };
                let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
                let inner = text(&module["name"]);
                let path = [text(&scope["name"]), inner].into_iter().filter(|s| !s.is_empty());
                let path = path.collect::<Vec<_>>().join("::");
                return Some(format!(
                    "\nlet mut window = kit::registers::{path}::open(&mut loader)?;\n\
                     let value = kit::registers::{path}::{}::{}.read(&mut window)?;",
                    text(&block["name"]),
                    text(&register["name"])
                ));
            }
        }
    }
    None
}

fn own<'m>(m: &'m Manifest, p: &'m Partition) -> impl Iterator<Item = &'m Module> {
    m.modules.iter().filter(|x| x.partition == p.name)
}

fn find(files: &[File], kind: FileKind) -> Option<&File> {
    files.iter().find(|f| f.kind == kind)
}

/// The image that the loader takes: for the FPGA manager where there is one, the .bit otherwise.
fn image(module: &Module, bin: FileKind, bit: FileKind) -> Option<String> {
    let kind = if bit == FileKind::Clear { "Clear" } else { "Partial" };
    find(&module.files, bin).or_else(|| find(&module.files, bit)).map(|f| image_call(f, kind))
}

fn image_call(file: &File, kind: &str) -> String {
    format!(
        "image({}, {}, {}, ImageKind::{kind})",
        literal(file.path.as_str()),
        file.size,
        literal(&file.sha256)
    )
}

fn option(token: Option<String>) -> String {
    token.map_or_else(|| "None".to_owned(), |t| format!("Some({t})"))
}

/// A Rust string literal.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Text for one line.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Text inside a doc comment, between backquotes.
pub(super) fn doc(text: &str) -> String {
    line(text).replace('`', "'")
}

/// `kit-<project>`, as Cargo takes it.
fn package_name(project: &str) -> String {
    let name: String = project
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    format!("kit-{}", if name.is_empty() { "unnamed" } else { &name })
}

/// The project's version when Cargo takes it, else 0.0.0 (the true one is in `KIT.version`).
fn package_version(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    let number = |p: &&str| {
        !p.is_empty()
            && p.len() < 10
            && p.bytes().all(|b| b.is_ascii_digit())
            && (p.len() == 1 || !p.starts_with('0'))
    };
    if parts.len() == 3 && parts.iter().all(number) { version.to_owned() } else { "0.0.0".to_owned() }
}

/// Identifiers, each given once.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    pub(super) fn reserved(words: &[&str]) -> Self {
        Self(words.iter().map(|w| (*w).to_owned()).collect())
    }

    /// A type or variant: `conv3x3-8bit` is `Conv3x3_8bit`.
    fn camel(&mut self, name: &str) -> String {
        let clean = identifier(name);
        let mut chars = clean.chars();
        let first = chars.next().map_or('M', |c| c.to_ascii_uppercase());
        let mut ident = if first.is_ascii_alphabetic() { String::from(first) } else { format!("M{first}") };
        ident.extend(chars);
        self.unique(ident)
    }

    /// A constant: `Ctrl[3]` is `CTRL_3`.
    pub(super) fn constant(&mut self, name: &str) -> String {
        let clean = identifier(name).to_ascii_uppercase();
        let clean = clean.trim_matches('_');
        let ident = if clean.starts_with(|c: char| c.is_ascii_alphabetic()) {
            clean.to_owned()
        } else {
            format!("R{clean}")
        };
        self.unique(ident)
    }

    /// A Rust module: `Conv-A` is `conv_a`.
    pub(super) fn snake(&mut self, name: &str) -> String {
        let clean = identifier(name).to_ascii_lowercase();
        let ident =
            if clean.starts_with(|c: char| c.is_ascii_alphabetic()) { clean } else { format!("p{clean}") };
        self.unique(ident)
    }

    fn unique(&mut self, ident: String) -> String {
        let ident = if KEYWORDS.contains(&ident.as_str()) { format!("{ident}_") } else { ident };
        let mut candidate = ident.clone();
        let mut n = 2;
        while !self.0.insert(candidate.clone()) {
            candidate = format!("{ident}_{n}");
            n += 1;
        }
        candidate
    }
}

fn identifier(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if clean.is_empty() { "_".to_owned() } else { clean }
}

/// Words that are no identifiers (The Rust Reference, Keywords), in the spellings that can come up here.
const KEYWORDS: [&str; 53] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield", "union",
];

#[cfg(test)]
mod tests {
    use super::{Names, literal, package_name, package_version};

    #[test]
    fn names_become_identifiers() {
        let mut n = Names::default();
        assert_eq!(n.camel("conv3x3-8bit"), "Conv3x3_8bit");
        assert_eq!(n.camel("conv3x3_8bit"), "Conv3x3_8bit_2");
        assert_eq!(n.camel("self"), "Self_");
        assert_eq!(n.camel("8bit"), "M8bit");
        assert_eq!(n.camel("\"; panic!()"), "M___panic___");
        assert_eq!(n.snake("Type"), "type_");
        assert_eq!(n.snake("9"), "p9");
    }

    #[test]
    fn values_become_tokens() {
        assert_eq!(literal("a\"\n\\"), r#""a\"\n\\""#);
        assert_eq!(package_name("My Design"), "kit-my-design");
        assert_eq!(package_version("1.20.3"), "1.20.3");
        assert_eq!(package_version("2024-05"), "0.0.0");
        assert_eq!(package_version("1.02.3"), "0.0.0");
    }
}
