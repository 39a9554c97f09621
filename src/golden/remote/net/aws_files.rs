// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `~/.aws/credentials` and `~/.aws/config`: keys, region and endpoint of a profile. Profiles that get their keys by single sign-on or from another
//! program are not followed; the message says how to get keys of them.

use crate::golden::remote::Surroundings;

/// A profile.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<String>,
    pub(super) session_token: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint_url: Option<String>,
    /// What was looked at, when there are no keys.
    pub(super) nothing: Option<String>,
}

/// Reads the files; the error says which cannot be read.
pub(super) fn read(surroundings: &dyn Surroundings) -> Result<Profile, String> {
    let name = surroundings
        .var("AWS_PROFILE")
        .or_else(|| surroundings.var("AWS_DEFAULT_PROFILE"))
        .unwrap_or_else(|| "default".into());
    let home = surroundings.var("HOME");
    let file = |variable: &str, usual: &str| {
        surroundings.var(variable).or_else(|| home.as_ref().map(|home| format!("{home}/.aws/{usual}")))
    };
    let in_config = if name == "default" { name.clone() } else { format!("profile {name}") };
    let mut profile = Profile::default();
    let mut looked = Vec::new();
    let mut by_another = false;
    for (path, section) in [
        (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), name.clone()),
        (file("AWS_CONFIG_FILE", "config"), in_config),
    ] {
        let Some(path) = path else { continue };
        let text = match fs_err::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                looked.push(format!("{path} is not there"));
                continue;
            }
            Err(e) => return Err(e.to_string()),
        };
        looked.push(format!("{path} has none for profile {name}"));
        for (key, value) in section_of(&text, &section) {
            let place = match key.as_str() {
                "aws_access_key_id" => &mut profile.access_key_id,
                "aws_secret_access_key" => &mut profile.secret_access_key,
                "aws_session_token" => &mut profile.session_token,
                "region" => &mut profile.region,
                "endpoint_url" => &mut profile.endpoint_url,
                _ => {
                    by_another |=
                        key.starts_with("sso_") || matches!(key.as_str(), "credential_process" | "role_arn");
                    continue;
                }
            };
            place.get_or_insert(value);
        }
    }
    let mut nothing = format!("AWS_ACCESS_KEY_ID is not set; {}", looked.join("; "));
    if by_another {
        nothing += "; the profile gets its keys from elsewhere: `aws configure export-credentials --format env` prints them for the environment";
    }
    profile.nothing = Some(nothing);
    Ok(profile)
}

/// Keys and values of a section.
fn section_of(text: &str, section: &str) -> Vec<(String, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = bare.strip_prefix('[').and_then(|l| l.split(']').next()) {
            inside = name.split_whitespace().collect::<Vec<_>>().join(" ") == section;
        // Indented lines belong to a nested value.
        } else if inside
            && !line.starts_with([' ', '\t'])
            && let Some((key, value)) = bare.split_once('=')
        {
            found.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([\\[\\]= a;#\n]){0,60}") {
            section_of(&text, "a");
        }
    }

    #[test]
    fn sections() {
        let text = "# c\n[default]\naws_access_key_id = A\naws_secret_access_key=B=C\n[ profile  two ]\ns3 =\n  endpoint_url = no\nregion = x\n";
        let pairs = |s: &str| {
            section_of(text, s).iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(pairs("default"), "aws_access_key_id=A aws_secret_access_key=B=C");
        assert_eq!(pairs("profile two"), "s3= region=x");
        assert_eq!(pairs("three"), "");
    }
}
