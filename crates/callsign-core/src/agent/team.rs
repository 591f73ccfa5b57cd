//! The agents that belong to one another: those that a conversation can be handed to, and those
//! that are tools.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::handoff::{Handoff, HandoffTool};
use crate::run::parts::{Parts, Returns};
use crate::traits::tool::{AgentUnder, StateType, Tool};
use crate::words::error::Error;

/// All agents that a conversation can be handed to from one agent, and from those.
#[derive(Default)]
pub(super) struct Team {
    pub(super) members: BTreeMap<Arc<str>, Arc<Parts>>,
    /// The tools that members get to give the conversation back.
    pub(super) returns: Returns,
}

impl Team {
    /// The team of the agent of this name.
    ///
    /// # Errors
    /// Where an agent that needs a name has none, two have the same, or a tool that hands back is
    /// in the way of another.
    pub(super) fn gather(name: &Arc<str>, handoffs: &[Handoff]) -> Result<Self, Error> {
        let mut team = Self::default();
        for Handoff { agent, returning, .. } in handoffs {
            team.join(name, agent)?;
            for member in agent.team.values() {
                team.join(name, member)?;
            }
            for (member, tools) in &*agent.returns {
                tools.iter().for_each(|tool| team.give_back(member, tool.clone()));
            }
            if *returning {
                if name.is_empty() {
                    return Err(Error::configuration(format!(
                        "the agent `{}` is to hand back to an agent that has no name: add \
                         `.name(…)` to its builder",
                        agent.name
                    )));
                }
                let back = Arc::new(HandoffTool::back_to(name.clone()));
                team.give_back(&agent.name, agent.hooks.around_tool(back));
            }
        }
        team.check_returns()?;
        Ok(team)
    }

    fn join(&mut self, name: &Arc<str>, member: &Arc<Parts>) -> Result<(), Error> {
        if member.name.is_empty() {
            return Err(Error::configuration(
                "an agent that a conversation is handed over to has no name: add `.name(…)` to \
                 its builder",
            ));
        }
        let other = self.members.get(&member.name);
        if member.name == *name || other.is_some_and(|other| !Arc::ptr_eq(other, member)) {
            let name = &member.name;
            return Err(Error::configuration(format!(
                "two agents that hand conversations over to one another are named `{name}`: give \
                 one of them another name; to have a conversation come back, write \
                 `Handoff::to(…).returning()`"
            )));
        }
        self.members.insert(member.name.clone(), member.clone());
        Ok(())
    }

    fn give_back(&mut self, member: &Arc<str>, tool: Arc<dyn Tool>) {
        let tools = self.returns.entry(member.clone()).or_default();
        if !tools.iter().any(|known| known.spec().name() == tool.spec().name()) {
            tools.push(tool);
        }
    }

    /// Finds out now what would fail once a member has the conversation.
    fn check_returns(&self) -> Result<(), Error> {
        for (member, tools) in &self.returns {
            if let Some(parts) = self.members.get(member) {
                let toolbox = parts.toolbox.with(tools)?;
                parts.model.check_tools(toolbox.definitions())?;
            }
        }
        Ok(())
    }

    /// What runs have to be given, that its members expect besides this.
    pub(super) fn expected(&self, mut own: Vec<StateType>) -> Vec<StateType> {
        for expected in self.members.values().flat_map(|member| &member.expected) {
            if !own.iter().any(|own| own.id == expected.id) {
                own.push(*expected);
            }
        }
        own
    }
}

/// All agents under the agent of this name.
///
/// # Errors
/// Where it would be among them.
pub(super) fn under(
    name: &Arc<str>,
    tools: &[Arc<dyn Tool>],
    team: &Team,
) -> Result<Vec<AgentUnder>, Error> {
    let inside = || tools.iter().flat_map(|tool| &tool.spec().agents);
    if let Some(same) = inside().find(|under| !name.is_empty() && under.name == *name) {
        let path = &same.path;
        return Err(Error::configuration(format!(
            "the agent `{name}` would be a tool of itself: `{name}` → {path}; give one of the two \
             another name, or hand the conversation over in place of calling"
        )));
    }
    let members = team.members.values().flat_map(|member| {
        let label = format!("`{}`", member.name);
        let below = member.under.iter().map(|under| AgentUnder {
            name: under.name.clone(),
            path: format!("`{}` → {}", member.name, under.path).into(),
        });
        let own = AgentUnder { name: member.name.clone(), path: label.into() };
        std::iter::once(own).chain(below).collect::<Vec<_>>()
    });
    let mut seen = BTreeSet::new();
    let mut all: Vec<AgentUnder> = inside().cloned().chain(members).collect();
    // One way to each agent is enough to tell of it.
    all.retain(|under| !under.name.is_empty() && seen.insert(under.name.clone()));
    Ok(all)
}
