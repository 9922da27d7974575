//! Reloading, on a real file system.

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use prometheus_client::registry::Registry;
use support::patiently;
use tempfile::TempDir;
use ward_service::reload::{Reloader, Status};

/// A daemon whose configuration is one file: any text but `bad` is good.
struct Daemon {
    folder: TempDir,
    loaded: Arc<Mutex<Vec<String>>>,
    reloader: Reloader,
}

impl Daemon {
    /// Starts with what `prepare` has put into the folder.
    fn start(file: &str, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let path = folder.path().join(file);
        let loaded = Arc::new(Mutex::new(Vec::new()));
        let load = {
            let (path, loaded) = (path.clone(), loaded.clone());
            move || {
                let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
                match text.as_str() {
                    "bad" => Err("it is bad".to_owned()),
                    "panic" => panic!("on purpose"),
                    _ => {
                        loaded.lock().unwrap().push(text);
                        Ok(())
                    }
                }
            }
        };
        let reloader = Reloader::start(load, move || vec![path.clone()]).unwrap();
        Daemon { folder, loaded, reloader }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn loaded(&self) -> Vec<String> {
        self.loaded.lock().unwrap().clone()
    }

    async fn wait(&self, what: impl FnMut(&Status) -> bool) -> Status {
        patiently(self.reloader.status().wait_for(what)).await.unwrap().clone()
    }

    fn metrics(&self) -> String {
        let mut registry = Registry::default();
        self.reloader.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }
}

/// As careful programs replace files.
fn replace(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
}

fn simple() -> Daemon {
    Daemon::start("a.yml", |folder| fs::write(folder.join("a.yml"), "one").unwrap())
}

#[tokio::test]
async fn a_replaced_file_is_loaded() {
    let daemon = simple();
    replace(&daemon.path("a.yml"), "two");
    daemon.wait(|status| status.attempts == 2).await;
    assert_eq!(daemon.loaded(), ["one", "two"]);
    // And the one after it: the watch must not have stayed with the old file.
    replace(&daemon.path("a.yml"), "three");
    daemon.wait(|status| status.attempts == 3).await;
    assert_eq!(daemon.loaded(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_file_written_in_place_is_loaded() {
    let daemon = simple();
    fs::write(daemon.path("a.yml"), "two").unwrap();
    daemon.wait(|status| status.attempts == 2).await;
    assert_eq!(daemon.loaded(), ["one", "two"]);
}

#[tokio::test]
async fn a_swapped_link_is_loaded() {
    // A ConfigMap in Kubernetes: the file is a link through ..data, and ..data is swapped by a rename.
    let write = |folder: &Path, version: &str| {
        fs::create_dir(folder.join(version)).unwrap();
        fs::write(folder.join(version).join("a.yml"), version).unwrap();
        symlink(version, folder.join("..new")).unwrap();
        fs::rename(folder.join("..new"), folder.join("..data")).unwrap();
    };
    let daemon = Daemon::start("a.yml", |folder| {
        write(folder, "..1");
        symlink("..data/a.yml", folder.join("a.yml")).unwrap();
    });
    for (attempts, version, old) in [(2, "..2", "..1"), (3, "..3", "..2")] {
        write(daemon.folder.path(), version);
        fs::remove_dir_all(daemon.path(old)).unwrap();
        daemon.wait(|status| status.attempts == attempts).await;
    }
    assert_eq!(daemon.loaded(), ["..1", "..2", "..3"]);
}

#[tokio::test]
async fn what_a_link_points_at_is_watched() {
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("real.yml");
    fs::write(&target, "one").unwrap();
    let daemon = Daemon::start("a.yml", |folder| symlink(&target, folder.join("a.yml")).unwrap());
    replace(&target, "two");
    daemon.wait(|status| status.attempts == 2).await;
    assert_eq!(daemon.loaded(), ["one", "two"]);
}

#[tokio::test]
async fn a_replaced_folder_is_watched() {
    let daemon = Daemon::start("conf/a.yml", |folder| {
        fs::create_dir(folder.join("conf")).unwrap();
        fs::write(folder.join("conf/a.yml"), "one").unwrap();
    });
    fs::remove_dir_all(daemon.path("conf")).unwrap();
    let status = daemon.wait(|status| status.attempts == 2).await;
    assert!(status.error.unwrap().contains("No such file"));
    fs::create_dir(daemon.path("conf")).unwrap();
    fs::write(daemon.path("conf/a.yml"), "two").unwrap();
    daemon.wait(|status| status.error.is_none()).await;
    replace(&daemon.path("conf/a.yml"), "three");
    daemon.wait(|_| daemon.loaded().len() == 3).await;
    assert_eq!(daemon.loaded(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_bad_file_changes_nothing() {
    let daemon = simple();
    let before = daemon.reloader.status().borrow().last_success;
    replace(&daemon.path("a.yml"), "bad");
    let status = daemon.wait(|status| status.attempts == 2).await;
    assert_eq!(status.error.as_deref(), Some("it is bad"));
    assert_eq!(status.last_success, before);
    assert_eq!(daemon.loaded(), ["one"]);
    assert!(daemon.metrics().contains("\nconfig_last_reload_successful 0\n"), "{}", daemon.metrics());

    replace(&daemon.path("a.yml"), "panic");
    let status = daemon.wait(|status| status.attempts == 3).await;
    assert_eq!(status.error.as_deref(), Some("the configuration made the program panic"));

    replace(&daemon.path("a.yml"), "two");
    let status = daemon.wait(|status| status.attempts == 4).await;
    assert!(status.error.is_none() && status.last_success > before);
    assert_eq!(daemon.loaded(), ["one", "two"]);
    assert!(daemon.metrics().contains("\nconfig_last_reload_successful 1\n"), "{}", daemon.metrics());
}

#[tokio::test]
async fn the_same_text_again_is_not_loaded() {
    let daemon = simple();
    replace(&daemon.path("a.yml"), "one");
    daemon.wait(|status| status.unchanged > 0).await;
    assert_eq!(daemon.loaded(), ["one"]);
}

#[tokio::test]
async fn a_reload_can_be_asked_for() {
    let daemon = simple();
    assert_eq!(daemon.reloader.reload().await, Ok(()));
    assert_eq!(daemon.loaded(), ["one", "one"]);
    fs::write(daemon.path("a.yml"), "bad").unwrap();
    assert_eq!(daemon.reloader.reload().await, Err("it is bad".to_owned()));
    // The file's own notice is part of that, and leads to no other.
    assert_eq!(daemon.reloader.status().borrow().attempts, 3);
    assert_eq!(daemon.reloader.reload().await, Err("it is bad".to_owned()));
    assert_eq!(daemon.reloader.status().borrow().attempts, 4);
}

#[tokio::test]
async fn a_bad_file_at_the_start_is_an_error() {
    let error = Reloader::start(|| Err("it is bad".to_owned()), Vec::new).err();
    assert_eq!(error.as_deref(), Some("it is bad"));
}

#[tokio::test]
async fn files_that_come_later_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let count = Arc::new(Mutex::new(0));
    let list = {
        let root = root.clone();
        move || {
            let mut files: Vec<PathBuf> =
                fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
            files.push(root.join("*.yml"));
            files
        }
    };
    let load = {
        let (list, count) = (list.clone(), count.clone());
        move || {
            *count.lock().unwrap() = list().len() - 1;
            Ok(())
        }
    };
    let reloader = Reloader::start(load, list).unwrap();
    fs::write(root.join("new.yml"), "x").unwrap();
    patiently(reloader.status().wait_for(|status| status.attempts == 2)).await.unwrap();
    assert_eq!(*count.lock().unwrap(), 1);
    fs::write(root.join("new.yml"), "y").unwrap();
    patiently(reloader.status().wait_for(|status| status.attempts == 3)).await.unwrap();
}

#[tokio::test]
async fn it_ends_with_its_last_handle() {
    let daemon = simple();
    let mut status = daemon.reloader.status();
    drop(daemon.reloader);
    while patiently(status.changed()).await.is_ok() {}
}
