//! Clients that ask, wait for the answer, think, and ask again, against servers that share their CPU among the requests
//! they hold. Mean value analysis of the closed queueing network answers how much CPU that takes: a slow server slows
//! its clients down, so usage approaches what the servers have and never passes it.

/// A group of clients and the servers behind one Service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    /// Clients that ask at once.
    pub clients: f64,
    /// Seconds between an answer and the next request.
    pub think: f64,
    /// CPU seconds of a request.
    pub cost: f64,
    /// Servers; requests go to each with equal chance.
    pub servers: usize,
    /// Cores each server may use.
    pub cores: f64,
}

/// What a client loses, in seconds, when its request goes to another server than the one before: fitted to transcripts
/// in which one loop takes 966m of one pod, and 46% of 200m of each of ten.
const CHANGE_OF_SERVER: f64 = 0.02;
/// CPU seconds a throttled server that has rested works at full speed: fitted to transcripts in which one loop keeps six
/// or seven pods with a limit of 500m at half of their request of 200m.
const REST: f64 = 0.15;

/// Beyond this many clients the servers are as busy as they can be.
const MOST_CLIENTS: usize = 10_000;

impl Network {
    /// The cores all servers together use.
    pub fn cores_used(&self) -> f64 {
        if self.servers == 0 || self.cost <= 0.0 || self.clients <= 0.0 || self.cores <= 0.0 {
            return 0.0;
        }
        let servers = self.servers as f64;
        // One request runs on one core at most; a server with several cores works on several at once. Such a station
        // acts like a fast single server behind a fixed delay (Seidmann).
        let speed = self.cores.min(1.0);
        let channels = (self.cores / speed).max(1.0);
        // The share of requests that find another server than the last one did.
        let elsewhere = 1.0 - 1.0 / servers;
        let rested = (REST * elsewhere).min(self.cost);
        let service = rested + (self.cost - rested) / speed;
        let think = self.think + CHANGE_OF_SERVER * elsewhere;
        let queued = service / channels;
        let delay = service - queued;
        let whole = (self.clients.floor() as usize).min(MOST_CLIENTS);
        let (mut waiting, mut throughput) = (0.0, 0.0);
        for n in 1..=whole {
            let response = delay + queued * (1.0 + waiting);
            throughput = n as f64 / (think + response);
            waiting = throughput / servers * queued * (1.0 + waiting);
        }
        // A part of a client: one that asks now and then.
        let part = self.clients - self.clients.floor();
        if part > 0.0 && whole < MOST_CLIENTS {
            let response = delay + queued * (1.0 + waiting);
            let next = (whole + 1) as f64 / (think + response);
            throughput += (next - throughput) * part;
        }
        (throughput * self.cost).min(servers * self.cores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOP: Network = Network { clients: 1.0, think: 0.012, cost: 0.3395, servers: 1, cores: 2.0 };

    #[test]
    fn one_loop_keeps_about_one_core_busy_wherever_it_is_served() {
        assert!((LOOP.cores_used() - 0.966).abs() < 0.001);
        assert!((Network { servers: 10, ..LOOP }.cores_used() - 0.92).abs() < 0.002);
        assert!((Network { servers: 6, cores: 0.5, ..LOOP }.cores_used() - 0.58).abs() < 0.005);
    }

    #[test]
    fn limits_hold_and_more_servers_serve_more() {
        let crowd = Network { clients: 50.0, cores: 0.5, ..LOOP };
        assert!(crowd.cores_used() > 0.499 && crowd.cores_used() <= 0.5);
        let used = |servers| Network { servers, ..crowd }.cores_used();
        assert!(used(4) > 1.8 && used(4) <= 2.0);
        assert!(used(8) > used(4) && used(8) <= 4.0);
        assert_eq!(Network { servers: 0, ..LOOP }.cores_used(), 0.0);
    }
}
