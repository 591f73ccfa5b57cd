//! One flight on one day, and its status at a given time.

use super::clock::Moment;
use super::flight::FlightState;

/// A row of `flights/*.csv`: one flight on one day.
#[derive(Debug)]
pub(super) struct Departure {
    /// The index in `Tables::airlines`.
    pub(super) airline: usize,
    pub(super) number: u16,
    /// The index in `Tables::airports`.
    pub(super) origin: usize,
    /// The index in `Tables::airports`.
    pub(super) destination: usize,
    /// The scheduled departure, in New York time.
    pub(super) scheduled: Moment,
    /// The scheduled minutes from gate to gate.
    pub(super) duration: i64,
    pub(super) outcome: Outcome,
}

/// What happened to a flight. Delays are in minutes; negative means early.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Cancelled,
    /// It departed, and no arrival was recorded.
    Diverted {
        departure_delay: i64,
    },
    Landed {
        departure_delay: i64,
        arrival_delay: i64,
    },
}

/// The state of a flight at a given time, with its delays as in `FlightStatus`.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) state: FlightState,
    pub(super) departure_delay: Option<i64>,
    pub(super) arrival_delay: Option<i64>,
}

impl Departure {
    /// Returns the progress of the flight at `now`, in New York time.
    ///
    /// It uses only what was known at `now`. A cancellation is known after the scheduled departure,
    /// because the data does not say when it was announced.
    pub(super) fn progress(&self, now: Moment) -> Progress {
        let departure_delay = match self.outcome {
            Outcome::Cancelled if now > self.scheduled => {
                return Progress::new(FlightState::Cancelled);
            }
            Outcome::Cancelled => return Progress::new(FlightState::Scheduled),
            Outcome::Diverted { departure_delay } | Outcome::Landed { departure_delay, .. } => {
                departure_delay
            }
        };
        if now < self.scheduled.plus_minutes(departure_delay) {
            let delay_so_far = now.minutes_since(self.scheduled);
            if delay_so_far <= 0 {
                return Progress::new(FlightState::Scheduled);
            }
            let delayed = Progress::new(FlightState::Delayed);
            return Progress { departure_delay: Some(delay_so_far), ..delayed };
        }
        let arrival = self.scheduled_arrival();
        let (state, arrival_delay) = match self.outcome {
            Outcome::Landed { arrival_delay, .. } if now >= arrival.plus_minutes(arrival_delay) => {
                (FlightState::Landed, Some(arrival_delay))
            }
            // Without an arrival in the data, the flight counts as diverted once it is overdue.
            Outcome::Diverted { .. } if now > arrival.plus_minutes(departure_delay) => {
                (FlightState::Diverted, None)
            }
            _ => (FlightState::Departed, None),
        };
        Progress { state, departure_delay: Some(departure_delay), arrival_delay }
    }

    /// Returns the scheduled arrival, in New York time.
    pub(super) fn scheduled_arrival(&self) -> Moment {
        self.scheduled.plus_minutes(self.duration)
    }
}

impl Progress {
    fn new(state: FlightState) -> Self {
        Self { state, departure_delay: None, arrival_delay: None }
    }

    /// Returns whether the scheduled departure has passed and the flight has not landed.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, FlightState::Delayed | FlightState::Departed)
    }
}
