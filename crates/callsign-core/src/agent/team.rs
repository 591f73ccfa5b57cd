//! Teams: the agents that a conversation can be handed to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callsign_types::error::Error;
use callsign_types::traits::tool::{StateType, SubAgent, Tool};

use super::handoff::{Handoff, HandoffTool};
use crate::executor::agent_config::{AgentConfig, ReturnTools};

/// All agents that a conversation can be handed to from one agent, directly and through each other.
#[derive(Default)]
pub(super) struct Team {
    pub(super) members: BTreeMap<Arc<str>, Arc<AgentConfig>>,
    /// The tools with which members hand the conversation back.
    pub(super) return_tools: ReturnTools,
}

impl Team {
    /// Collects the team of the agent `name` from its handoffs.
    ///
    /// # Errors
    /// Returns a configuration error if an agent that needs a name has none, if two agents have the
    /// same name, or if a tool that hands back has the name of another tool.
    pub(super) fn collect(name: &Arc<str>, handoffs: &[Handoff]) -> Result<Self, Error> {
        let mut team = Self::default();
        for Handoff { target, allows_return, .. } in handoffs {
            team.add(name, target)?;
            for member in target.team.values() {
                team.add(name, member)?;
            }
            for (member, tools) in &*target.return_tools {
                tools.iter().for_each(|tool| team.add_return_tool(member, tool.clone()));
            }
            if *allows_return {
                if name.is_empty() {
                    return Err(Error::configuration(format!(
                        "the agent `{}` may hand the conversation back, but this agent has no \
                         name: add `.name(…)` to its builder",
                        target.name
                    )));
                }
                let tool = Arc::new(HandoffTool::back_to(name.clone()));
                team.add_return_tool(&target.name, target.hooks.wrap_tool(tool));
            }
        }
        team.check_return_tools()?;
        Ok(team)
    }

    fn add(&mut self, name: &Arc<str>, member: &Arc<AgentConfig>) -> Result<(), Error> {
        if member.name.is_empty() {
            return Err(Error::configuration(
                "the target agent of a handoff has no name: add `.name(…)` to its builder",
            ));
        }
        let known = self.members.get(&member.name);
        if member.name == *name || known.is_some_and(|known| !Arc::ptr_eq(known, member)) {
            let name = &member.name;
            return Err(Error::configuration(format!(
                "two agents connected by handoffs are named `{name}`: rename one of them; to hand \
                 a conversation back, use `Handoff::to(…).allow_return()`"
            )));
        }
        self.members.insert(member.name.clone(), member.clone());
        Ok(())
    }

    fn add_return_tool(&mut self, member: &Arc<str>, tool: Arc<dyn Tool>) {
        let tools = self.return_tools.entry(member.clone()).or_default();
        if !tools.iter().any(|known| known.spec().name() == tool.spec().name()) {
            tools.push(tool);
        }
    }

    /// Checks the tools of each member together with its return tools. Otherwise a run would fail
    /// only after a handoff to that member.
    fn check_return_tools(&self) -> Result<(), Error> {
        for (member, tools) in &self.return_tools {
            if let Some(config) = self.members.get(member) {
                let registry = config.tools.with(tools)?;
                config.model.info().check_tools(registry.definitions())?;
            }
        }
        Ok(())
    }

    /// Returns the context values that every run requires: the agent's own and those of all
    /// members.
    pub(super) fn required_context(&self, mut own: Vec<StateType>) -> Vec<StateType> {
        for required in self.members.values().flat_map(|member| &member.required_context) {
            if !own.iter().any(|own| own.id == required.id) {
                own.push(*required);
            }
        }
        own
    }
}

/// Returns all agents below the agent `name`: sub-agents, the team, and the agents below those.
///
/// # Errors
/// Returns a configuration error if the agent itself is among them.
pub(super) fn sub_agents(
    name: &Arc<str>,
    tools: &[Arc<dyn Tool>],
    team: &Team,
) -> Result<Vec<SubAgent>, Error> {
    let of_tools = || tools.iter().flat_map(|tool| &tool.spec().agents);
    if let Some(same) = of_tools().find(|agent| !name.is_empty() && agent.name == *name) {
        let path = &same.path;
        return Err(Error::configuration(format!(
            "the agent `{name}` would be a sub-agent of itself: `{name}` → {path}; rename one of \
             the two, or use a handoff instead"
        )));
    }
    let of_team = team.members.values().flat_map(|member| {
        let label = format!("`{}`", member.name);
        let below = member.sub_agents.iter().map(|agent| SubAgent {
            name: agent.name.clone(),
            path: format!("`{}` → {}", member.name, agent.path).into(),
        });
        let own = SubAgent { name: member.name.clone(), path: label.into() };
        std::iter::once(own).chain(below).collect::<Vec<_>>()
    });
    let mut seen = BTreeSet::new();
    let mut all: Vec<SubAgent> = of_tools().cloned().chain(of_team).collect();
    // One path to each agent is enough for the error message.
    all.retain(|agent| !agent.name.is_empty() && seen.insert(agent.name.clone()));
    Ok(all)
}
