//! What the user says of rules.

use super::{Evidence, Finding, Fix, Level, Rule, Settings, Trust};

/// What is said of a rule in the place of what it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// How far its fixes are trusted; those that need a person stay manual.
    pub trust: Option<Trust>,
    /// How much its findings matter.
    pub level: Option<Level>,
}

impl Settings {
    /// Why what a rule finds stays, whatever it is; a fragment.
    pub(super) fn leaves(&self, rule: &Rule) -> Option<String> {
        let trust = self.overrides.get(rule.id).and_then(|its| its.trust);
        match trust {
            _ if !self.runs(rule) => Some(format!("rule `{}` does not run", rule.id)),
            Some(Trust::Manual) => Some(format!("the configuration makes `{}` manual", rule.id)),
            _ => None,
        }
    }

    /// How far a fix is trusted that its rule trusts so far.
    pub(super) fn trust(&self, rule: &Rule, its: Trust) -> Trust {
        let said = self.overrides.get(rule.id).and_then(|said| said.trust);
        said.filter(|_| its > Trust::Manual).unwrap_or(its)
    }

    /// Whether the fixes of a rule are written even if only safe ones are: what they make sure of
    /// is certain then.
    pub(super) fn trusts(&self, rule: &Rule) -> bool {
        let trust = self.overrides.get(rule.id).and_then(|its| its.trust);
        trust == Some(Trust::Safe) && self.runs(rule)
    }

    /// Says of a finding what is to be said in the place of its rule.
    pub(super) fn amend(&self, rule: &Rule, finding: &mut Finding) {
        let Some(said) = self.overrides.get(rule.id) else { return };
        finding.level = said.level.unwrap_or(finding.level);
        let its = finding.fix.trust;
        match said.trust {
            Some(Trust::Manual) if finding.fix.trust > Trust::Manual => {
                let reason = format!("The configuration leaves it to you. {}", finding.fix.reason);
                let evidence = std::mem::take(&mut finding.fix.evidence);
                finding.fix = Fix::manual(reason).resting_on(evidence);
            }
            Some(trust) if finding.fix.trust > Trust::Manual && finding.fix.trust != trust => {
                finding.fix.trust = trust;
                finding.fix.reason = match trust {
                    Trust::Safe => "The configuration says that it is.".into(),
                    _ => {
                        format!("The configuration says that it is. {}", finding.fix.reason).into()
                    }
                };
            }
            _ => {}
        }
        if self.evidence && finding.fix.trust != its {
            finding.fix.evidence.push(Evidence::Setting("rules"));
        }
    }
}
