//! The API over a SQLite file, without HTTP and without SNMP: what walks bring is given.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use inventory::Inventory;
use serde_json::Value;
use service::http::header::{HeaderName, HeaderValue};
use service::http::{HeaderMap, Method, Request, Response};
use tokio::runtime::Runtime;
use ward_classifier::analytics::client::Client;
use ward_classifier::api::Api;
use ward_classifier::change::Policy;
use ward_classifier::discover::schedule::Pace;
use ward_classifier::discover::{Discovery, Settings};
use ward_classifier::facts::Status;
use ward_classifier::labeller::RuleFile;
use ward_classifier::own::OwnMetrics;
use ward_classifier::rules::BUILT_IN;
use ward_classifier::store::{self, Ending, Fleet, Keeper, Learned, Options};
use ward_classifier::topology::known::KnownLink;
use ward_classifier::topology::watch::{self, Live, ManualLinks};
use ward_classifier::walk::Walk;

use crate::document::Document;
use crate::support::database::{Database, SqliteFile};
use crate::support::fleet::{hour, rules, switch};
use crate::support::until;

/// What is asked of a large fleet: every filter and every order that costs something, and what is counted.
pub const LARGE: [&str; 20] = [
    "/interfaces",
    "/interfaces?limit=1000",
    "/interfaces?q=room",
    "/interfaces?q=silknet+00042",
    "/interfaces?q=nowhere",
    "/interfaces?site=rustavi&interface_type=isp&oper_status=up&is_critical=true",
    "/interfaces?isp_provider=magti,silknet&min_speed=100000000",
    "/interfaces?device=branch-00042-sw1",
    "/interfaces?label=site=rustavi&max_confidence=0.9",
    "/interfaces?phys_address=00:1a:2b:00:00:07",
    "/interfaces?if_name=0/7",
    "/interfaces?address=192.0.2.1",
    "/interfaces?sort=if_alias",
    "/interfaces?sort=-speed",
    "/interfaces?sort=if_name",
    "/interfaces?sort=-last_status_change",
    "/interfaces/summary",
    "/interfaces/summary?q=room",
    "/interfaces/isp-status?device_ips=192.0.2.1,192.0.2.2",
    "/devices?q=rustavi",
];

/// The API and what is behind it.
pub struct Site {
    pub api: Api,
    pub keeper: Keeper,
    _file: SqliteFile,
    document: Document,
    runtime: Runtime,
    ending: Option<Ending>,
}

/// What was answered.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}

impl Site {
    /// A site where devices have been walked.
    pub fn of(walks: Vec<Walk>) -> Self {
        let names: Vec<String> = walks.iter().map(|walk| walk.device.name.clone()).collect();
        let site = Self::unwalked(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for walk in walks {
            site.learn(walk);
        }
        site
    }

    /// A site of many devices of 50 interfaces each.
    pub fn large(devices: usize) -> Self {
        let names: Vec<String> = (0..devices).map(|n| format!("branch-{n:05}-sw1")).collect();
        let site = Self::unwalked(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for name in &names {
            let mut walk = switch(name, 1, 50);
            for (row, n) in walk.interfaces.iter_mut().zip(1_u64..) {
                match n % 10 {
                    0 => row.alias = format!("Silknet_Internet MGT-{name}-{n}"),
                    1..=4 => row.alias = format!("PC {name} room {n}"),
                    5 => row.oper = Some(Status::Down),
                    _ => {}
                }
                row.speed_bps = Some(n * 10_000_000);
            }
            site.keeper.learn(name, Learned::Walked(Arc::new(walk)));
        }
        site
    }

    /// A site that nothing is known of yet but the names of its devices.
    pub fn unwalked(names: &[&str]) -> Self {
        let file = SqliteFile::new().expect("a file");
        let location = file.location();
        let site = Self::over(file, names, Box::new(move || store::open(&location, "test")));
        until("the devices", || site.keeper.status().loaded);
        site
    }

    /// A site over a store that is opened so.
    pub fn over(file: SqliteFile, names: &[&str], open: store::Open) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let _inside = runtime.enter();
        let fleet = Arc::new(Fleet::new(Arc::new(rules().clone()), Policy::default()));
        let options = Options { refresh: Duration::from_millis(50), ..Options::default() };
        let (keeper, ending) = Keeper::start(fleet, open, options).expect("a thread");
        keeper.list(names.iter().copied());
        let settings = Settings {
            scheduled: false,
            pace: Pace { interval: Duration::from_secs(3600), full_every: Duration::from_secs(3600) },
            most: 1,
            most_per_site: 1,
            lease: Duration::from_secs(60),
            owner: "test".into(),
        };
        let inventory = Arc::new(ArcSwap::from_pointee(
            Inventory::parse("devices: []\n", "devices.yml", &|_| None, &|_| {
                Err(std::io::ErrorKind::NotFound.into())
            })
            .expect("an inventory"),
        ));
        let client = Arc::new(snmp::Client::default());
        let discovery = Discovery::start(client, inventory, keeper.clone(), OwnMetrics::default(), settings);
        let file_of_rules = RuleFile {
            name: "built-in".into(),
            text: BUILT_IN.into(),
            loaded_at: hour(0),
            in_force: rules().clone(),
        };
        let rules = Arc::new(ArcSwap::from_pointee(file_of_rules));
        let interval = Duration::from_secs(3600);
        let (live, manual) = (Live::default(), Arc::new(ManualLinks::default()));
        let api = Api::new(keeper.clone(), discovery, interval, rules, Arc::default(), true)
            .with_topology(Arc::clone(&live), Arc::clone(&manual));
        watch::start(keeper.clone(), live, manual);
        drop(_inside);
        Self { api, keeper, _file: file, document: Document::new(), runtime, ending: Some(ending) }
    }

    /// The same, with series.
    pub fn with_series(mut self, client: Arc<Client>) -> Self {
        self.api.series = Some(client);
        self
    }

    /// Asks the store something.
    pub fn ask_store<T: Send + 'static>(
        &self,
        question: impl FnMut(&mut dyn store::Store) -> store::Result<T> + Send + 'static,
    ) -> T {
        self.runtime.block_on(self.keeper.ask(question)).expect("an answer")
    }

    /// Notes a walk, and waits until it is written.
    pub fn learn(&self, walk: Walk) {
        let name = walk.device.name.clone();
        self.keeper.learn(&name, Learned::Walked(Arc::new(walk)));
        until("it to be written", || self.keeper.status().waiting.devices == 0);
    }

    /// Waits until the topology is that of all walks so far, and stored.
    pub fn look(&self) {
        until("the topology", || {
            self.api.manual.changed.notify_one();
            let settled = self.keeper.status().waiting.devices == 0;
            // Of one look: what is stored is compared with what was seen then, not with what a later one has seen.
            let whole = self.api.topology.load_full();
            let links = &whole.links;
            let stored =
                self.runtime.block_on(self.keeper.ask(|store| store.links(None))).unwrap_or_default();
            let same =
                |one: &KnownLink| stored.iter().any(|two| one.ends == two.ends && one.state == two.state);
            let looked = whole.version == self.keeper.fleet().version();
            settled && looked && stored.len() == links.len() && links.iter().all(|link| same(link))
        });
    }

    /// Sends a request.
    pub fn answer(&self, request: &Request) -> Response {
        self.runtime.block_on(self.api.answer(request))
    }

    /// Sends a request; the answer is one that the document describes.
    pub fn send(&self, request: &Request) -> Answer {
        let response = self.answer(request);
        let answer = Answer {
            status: response.status.as_u16(),
            headers: response.headers,
            body: response.body.to_vec(),
        };
        let media = answer.header("content-type");
        let method = request.method.as_str();
        let wrong = self.document.wrong(method, &request.raw_path, answer.status, media, &answer.body);
        assert!(
            wrong.is_empty(),
            "{method} {} {:?}: {wrong:#?}\n{}",
            request.raw_path,
            request.query,
            answer.text()
        );
        answer
    }

    /// The answer to a GET.
    pub fn get(&self, path: &str) -> Answer {
        self.send(&Request::get(&format!("/api/v1{path}")))
    }

    /// What a GET brings, all being well.
    pub fn read(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// The answer to a request with a body of a type, by someone who is known.
    pub fn ask(&self, method: Method, path: &str, media: &'static str, body: &str) -> Answer {
        let mut request = Request::new(method, &format!("/api/v1{path}"));
        request.user = Some("admin".into());
        request.body = body.to_owned().into();
        if !media.is_empty() {
            request.headers.insert(HeaderName::from_static("content-type"), HeaderValue::from_static(media));
        }
        self.send(&request)
    }

    /// The number of an interface, by its device and name.
    pub fn id(&self, device: &str, if_name: &str) -> i64 {
        let list = self.read(&format!("/interfaces?device={device}&if_name={if_name}"));
        assert_eq!(list["total"], 1, "{device} {if_name}: {list}");
        list["interfaces"][0]["id"].as_i64().expect("a number")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(ending) = self.ending.take() {
            ending.end();
        }
    }
}
