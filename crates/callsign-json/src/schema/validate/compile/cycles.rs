//! References that lead back to themselves without going into the value.

use super::node::{Node, NodeId};

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Marks the subschemas that apply themselves to the same value again, without end. Returns them.
pub(super) fn mark_endless(nodes: &mut [Node]) -> Vec<NodeId> {
    let mut marks = vec![Mark::New; nodes.len()];
    let mut endless = Vec::new();
    for start in 0..nodes.len() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        let mut path = vec![(start, nodes[start].in_place().collect::<Vec<_>>())];
        while let Some((id, pending)) = path.last_mut() {
            let id = *id;
            match pending.pop() {
                None => {
                    marks[id] = Mark::Done;
                    path.pop();
                }
                Some(next) if marks[next] == Mark::New => {
                    marks[next] = Mark::Open;
                    path.push((next, nodes[next].in_place().collect()));
                }
                Some(next) if marks[next] == Mark::Open => {
                    if !nodes[id].is_endless {
                        nodes[id].is_endless = true;
                        endless.push(id);
                    }
                }
                Some(_) => {}
            }
        }
    }
    endless
}
