//! How fast we are beside libyaml, in one table and one run: `cargo bench`.
//!
//! Each task goes over all files of a group, all tasks take turns, and the best of the rounds
//! counts. `SEAWORTHY_ROUNDS` says how many there are.
#![allow(clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used, unreachable_pub)]

#[path = "../tests/it/corpus.rs"]
#[allow(dead_code)]
mod corpus;
#[path = "../tests/it/libyaml.rs"]
#[allow(dead_code)]
mod libyaml;

use std::{env, hint::black_box, time::Duration};

use rustix::time::{ClockId, clock_gettime};
use seaworthy::{Settings, Source, host, review, yaml::Tree};

/// Files of this size and more are measured apart: they are mostly CRDs.
const BIG: usize = 64 << 10;

/// A task goes over all texts once.
struct Task {
    name: &'static str,
    run: fn(&[String], Vec<Source>, &Settings) -> usize,
}

const TASKS: &[Task] = &[
    Task {
        name: "libyaml's events",
        run: |texts, _, _| {
            let mut events = 0;
            for text in texts {
                libyaml::each(text, |_| events += 1).unwrap();
            }
            events
        },
    },
    Task {
        name: "parse",
        run: |texts, _, _| {
            texts.iter().map(|text| Tree::parse(text.as_str()).unwrap().roots().len()).sum()
        },
    },
    Task {
        name: "parse and value",
        run: |texts, _, _| {
            let read = |text: &String| {
                let tree = Tree::parse(text.as_str()).unwrap();
                tree.roots().filter(|root| black_box(root.value()).is_ok()).count()
            };
            texts.iter().map(read).sum()
        },
    },
    Task { name: "fix in memory", run: |_, sources, settings| review(sources, settings).mended() },
];

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let rounds = env::var("SEAWORTHY_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds: usize = rounds.unwrap_or(20);
    // One thread, as libyaml has it.
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().unwrap();
    let settings = host::settings(&["fix"], "").unwrap();
    let (big, small): (Vec<String>, Vec<String>) =
        texts().into_iter().partition(|text| text.len() >= BIG);
    for (name, texts) in [("small", small), ("big", big)] {
        let bytes: usize = texts.iter().map(String::len).sum();
        let megabytes = bytes as f64 / 1e6;
        println!("{name}: {} files, {megabytes:.1} MB, best of {rounds} rounds", texts.len());
        let best = best(&texts, &settings, rounds);
        for (task, time) in TASKS.iter().zip(&best) {
            let ratio = best[0].as_secs_f64() / time.as_secs_f64();
            let speed = megabytes / time.as_secs_f64();
            let milliseconds = time.as_secs_f64() * 1e3;
            println!("  {:18}{milliseconds:9.1} ms{speed:8.0} MB/s{ratio:8.2}x", task.name);
        }
    }
}

/// The processor time of this process so far, which the load of the machine does not count to.
fn spent() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The best time of each task.
fn best(texts: &[String], settings: &Settings, rounds: usize) -> Vec<Duration> {
    let mut best = vec![Duration::MAX; TASKS.len()];
    for _ in 0..rounds {
        for (task, best) in TASKS.iter().zip(&mut best) {
            let source = |(index, text): (usize, &String)| {
                Source::new(format!("{index}.yaml"), text.clone().into())
            };
            let sources = texts.iter().enumerate().map(source).collect();
            let start = spent();
            black_box((task.run)(texts, sources, settings));
            *best = (spent() - start).min(*best);
        }
    }
    best
}

/// The manifests of the corpus that libyaml reads; without a corpus, some that are made up.
fn texts() -> Vec<String> {
    let Some(root) = corpus::shared("the measure on real files") else {
        let small = (0..2000).map(|index| made_up(1 + index % 3)).collect::<Vec<_>>();
        return small.into_iter().chain((0..20).map(|index| made_up(500 + index))).collect();
    };
    corpus::files(&root.join("corpus"))
        .into_iter()
        .filter(|file| {
            let extension = file.path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("yaml" | "yml"))
        })
        .map(|file| file.text)
        .filter(|text| text.contains("apiVersion:") && libyaml::parse(text).is_ok())
        .filter(|text| Tree::parse(text.as_str()).is_ok())
        .collect()
}

/// A Deployment with so many containers.
fn made_up(containers: usize) -> String {
    let mut text = String::from(
        "# A web shop.\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels:\n    \
         app: web\nspec:\n  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      \
         labels: {app: web}\n    spec:\n      containers:\n",
    );
    for index in 0..containers {
        text += &format!(
            "        - name: web-{index}\n          image: \"nginx:1.27\"\n          ports:\n            \
             - containerPort: {}\n          args: [\"--quiet\", '--port', \"80\"] # as ever\n",
            8000 + index
        );
    }
    text
}
