//! Which folders tell about a set of files, and whether the files hold anything new.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tracing::warn;

/// As many symbolic links are followed, as in Linux's own limit.
const MOST_LINKS: usize = 40;

/// The folders to watch for these paths to change: that of each path itself, and that of each symbolic link on the way,
/// so that swapping the link is noticed as well as writing to what it points at. Where a folder does not exist, the
/// nearest one above it tells of its coming.
fn folders<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for path in paths {
        let mut path = path.clone();
        for _ in 0..MOST_LINKS {
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
                _ => PathBuf::from("."),
            };
            folders.extend(folder.ancestors().find_map(|folder| folder.canonicalize().ok()));
            match std::fs::read_link(&path) {
                Ok(target) => path = folder.join(target),
                Err(_) => break,
            }
        }
    }
    folders
}

/// The state of files: a hash of each one's content, or that it is not there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fingerprint(BTreeMap<PathBuf, Option<u64>>);

impl Fingerprint {
    /// Reads the files.
    pub fn of(paths: Vec<PathBuf>) -> Self {
        Fingerprint(paths.into_iter().map(|path| (path.clone(), content_hash(&path))).collect())
    }

    /// The same for other paths: what is known of a path stays, what is not is read.
    pub fn moved_to(mut self, paths: Vec<PathBuf>) -> Self {
        let mut known = |path: &PathBuf| self.0.remove(path);
        Fingerprint(
            paths
                .into_iter()
                .map(|path| {
                    let hash = known(&path).unwrap_or_else(|| content_hash(&path));
                    (path, hash)
                })
                .collect(),
        )
    }
}

/// `None` for what is no readable file. Pipes are left alone: whoever reads one empties it.
fn content_hash(path: &Path) -> Option<u64> {
    if !std::fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(&std::fs::read(path).ok()?);
    Some(hasher.finish())
}

/// The system's notices about folders.
pub(crate) struct Notices {
    /// `None` where the system gives none; then only looking now and then helps.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    missing: BTreeSet<PathBuf>,
}

impl Notices {
    /// Calls `touched` whenever something happens in a watched folder, from a thread of its own.
    pub fn new(touched: impl Fn() + Send + 'static) -> Self {
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an event too, and our own reading must not lead to more of it.
            if !event.is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
                touched();
            }
        });
        let watcher =
            watcher.inspect_err(|error| warn!(%error, "cannot watch files, changes are noticed later")).ok();
        Notices { watcher, watched: BTreeSet::new(), missing: BTreeSet::new() }
    }

    /// Watches the folders of these paths and no others. Folders that were watched before are asked for anew, as they
    /// may have been replaced by others of the same name.
    pub fn watch(&mut self, paths: &[PathBuf]) {
        self.warn_of_missing(paths);
        let Some(watcher) = &mut self.watcher else { return };
        for folder in std::mem::take(&mut self.watched) {
            // Fails for a folder that is gone, and then there is nothing to end.
            let _ = watcher.unwatch(&folder);
        }
        for folder in folders(paths) {
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder);
                }
                Err(error) => warn!(folder = %folder.display(), %error, "cannot watch a folder"),
            }
        }
    }

    /// Says once of each folder that it does not exist.
    fn warn_of_missing(&mut self, paths: &[PathBuf]) {
        let missing: BTreeSet<PathBuf> = paths
            .iter()
            .filter_map(|path| path.parent())
            .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .map(Path::to_owned)
            .collect();
        for folder in missing.difference(&self.missing) {
            warn!(folder = %folder.display(), "a folder of configuration files does not exist, waiting for it");
        }
        self.missing = missing;
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_link_on_the_way_has_its_folder_watched() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let at = |name: &str| root.join(name);
        for folder in ["etc", "srv/real", "plain"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        std::fs::write(at("srv/real/a.yml"), "").unwrap();
        symlink("../srv/link.yml", at("etc/a.yml")).unwrap();
        symlink(at("srv/real/a.yml"), at("srv/link.yml")).unwrap();
        symlink("loop", at("plain/loop")).unwrap();
        for (path, expected) in [
            ("etc/a.yml", vec!["etc", "srv", "srv/real"]),
            ("plain/x.yml", vec!["plain"]),
            ("plain/*.yml", vec!["plain"]),
            ("plain/not/here/x.yml", vec!["plain"]),
            ("plain/loop", vec!["plain"]),
        ] {
            let found = folders([&at(path)]);
            assert_eq!(found, expected.into_iter().map(at).collect(), "{path}");
        }
    }

    #[test]
    fn fingerprints_tell_contents_apart() {
        let folder = tempfile::tempdir().unwrap();
        let paths = || vec![folder.path().join("a"), folder.path().join("b")];
        let nothing = Fingerprint::of(paths());
        std::fs::write(folder.path().join("a"), "").unwrap();
        let empty = Fingerprint::of(paths());
        assert_ne!(nothing, empty);
        assert_eq!(empty, Fingerprint::of(paths()));
        std::fs::write(folder.path().join("a"), "x").unwrap();
        assert_ne!(empty, Fingerprint::of(paths()));
        // What was known is not read again, what was not is.
        std::fs::write(folder.path().join("b"), "y").unwrap();
        let moved = Fingerprint::of(vec![folder.path().join("a")]).moved_to(paths());
        assert_eq!(moved, Fingerprint::of(paths()));
    }
}
