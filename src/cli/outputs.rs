//! `-o FORMAT[=PATH]`: where reports go. Every path is tried before the run, so that an hour of work cannot end at a locked door.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{
    assessment::Assessment,
    reports::{self, Format, text},
    wording::nearest,
};

/// One report that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Output {
    format: &'static Format,
    /// Absent for standard output.
    path: Option<PathBuf>,
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// The path cannot be written to.
    #[error("cannot write `{}`: {cause}", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Its folder does not exist.
    #[error("cannot write `{}`: the folder `{}` does not exist", path.display(), folder.display())]
    NoFolder {
        /// The path.
        path: PathBuf,
        /// The missing folder.
        folder: PathBuf,
    },
    /// It is a folder.
    #[error("cannot write `{}`: it is a folder; name a file in it", .0.display())]
    IsFolder(PathBuf),
    /// Two reports in one stream.
    #[error("only one report can go to standard output; give the other a path, as in `-o {0}=report.{1}`")]
    StandardOutputTwice(&'static str, &'static str),
    /// Two reports in one file.
    #[error("`{}` is named by two reports", .0.display())]
    SamePath(PathBuf),
}

impl Output {
    /// The summary, to standard output.
    pub(super) fn summary() -> Self {
        Self { format: reports::find(text::NAME).expect("the format is one of ours"), path: None }
    }

    /// A report to a file.
    pub(super) fn to_file(format: &str, path: PathBuf) -> Self {
        Self { format: reports::find(format).expect("the format is one of ours"), path: Some(path) }
    }

    /// Reads `FORMAT`, `FORMAT=PATH` or `FORMAT=-`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').map_or((text, None), |(name, path)| (name, Some(path)));
        let names = || reports::FORMATS.iter().map(|format| format.name);
        // A file's name alone: what it ends in may say the format.
        let ending = || {
            reports::FORMATS.iter().find(|format| name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(format.extension)))
        };
        let format = reports::find(name).ok_or_else(|| match nearest(name, names()) {
            _ if path.is_none() && ending().is_some() => {
                format!("unknown format `{name}`; did you mean `-o {}={name}`?", ending().map_or("", |format| format.name))
            }
            Some(near) => format!("unknown format `{name}`; did you mean `{near}`?"),
            None => format!("unknown format `{name}`; the formats are {}", names().collect::<Vec<_>>().join(", ")),
        })?;
        match path {
            Some("") => Err(format!("no path after `{name}=`")),
            None | Some("-") => Ok(Self { format, path: None }),
            Some(path) => Ok(Self { format, path: Some(path.into()) }),
        }
    }
}

/// The most links that are followed to a file.
const MOST_LINKS: usize = 40;

/// The reports of a run, every path tried.
#[derive(Debug)]
pub(super) struct Outputs {
    files: Vec<Pending>,
    standard: Option<&'static Format>,
}

/// What became of the reports that go to files.
#[derive(Debug)]
pub(super) struct Written {
    /// Where the whole ones lie.
    pub(super) paths: Vec<PathBuf>,
    /// Why the others are missing.
    pub(super) failures: Vec<OutputError>,
}

impl Outputs {
    /// Tries every path, before the run. When nothing was asked for, a summary goes to standard output.
    pub(super) fn open(wanted: &[Output]) -> Result<Self, OutputError> {
        let mut outputs = Self { files: Vec::new(), standard: reports::find(text::NAME).filter(|_| wanted.is_empty()) };
        for output in wanted {
            match &output.path {
                None if outputs.standard.is_some() => {
                    return Err(OutputError::StandardOutputTwice(output.format.name, output.format.extension));
                }
                None => outputs.standard = Some(output.format),
                Some(path) => outputs.add(Pending::open(output.format, path)?)?,
            }
        }
        Ok(outputs)
    }

    fn add(&mut self, pending: Pending) -> Result<(), OutputError> {
        if self.files.iter().any(|other| other.place.path() == pending.place.path()) {
            return Err(OutputError::SamePath(pending.path));
        }
        self.files.push(pending);
        Ok(())
    }

    /// The format that goes to standard output; absent when there are only files.
    pub(super) fn standard(&self) -> Option<&'static Format> {
        self.standard
    }

    /// Writes every report that goes to a file. One that fails does not keep the others back.
    pub(super) fn write(self, assessment: &Assessment) -> Written {
        let mut written = Written { paths: Vec::new(), failures: Vec::new() };
        for pending in self.files {
            let path = pending.path.clone();
            match pending.write(assessment) {
                Ok(()) => written.paths.push(path),
                Err(cause) => written.failures.push(OutputError::Unwritable { path, cause }),
            }
        }
        written
    }
}

/// A file that will hold a report.
#[derive(Debug)]
struct Pending {
    format: &'static Format,
    /// As named.
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A regular file, links followed: written beside it and moved there when whole, so that a reader never sees half of a report.
    Regular { path: PathBuf, permissions: Option<Permissions> },
    /// A pipe or a device: written straight away.
    Direct { path: PathBuf, file: File },
}

impl Place {
    /// The same for two names of one file.
    fn path(&self) -> &Path {
        let (Self::Regular { path, .. } | Self::Direct { path, .. }) = self;
        path
    }
}

impl Pending {
    fn open(format: &'static Format, path: &Path) -> Result<Self, OutputError> {
        let unwritable = |cause| OutputError::Unwritable { path: path.to_owned(), cause };
        let known = fs::metadata(path);
        let place = match known {
            Ok(known) if known.is_dir() => return Err(OutputError::IsFolder(path.to_owned())),
            Ok(known) if !known.is_file() => {
                let file = OpenOptions::new().write(true).open(path).map_err(unwritable)?;
                Place::Direct { path: in_its_folder(path).unwrap_or_else(|_| path.to_owned()), file }
            }
            Ok(known) => {
                OpenOptions::new().append(true).open(path).map_err(unwritable)?;
                Place::Regular { path: fs::canonicalize(path).map_err(unwritable)?, permissions: Some(known.permissions()) }
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Place::Regular { path: new_file(path)?, permissions: None },
            Err(cause) => return Err(unwritable(cause)),
        };
        if let Place::Regular { path, .. } = &place {
            draft(path).map_err(unwritable)?;
        }
        Ok(Self { format, path: path.to_owned(), place })
    }

    fn write(self, assessment: &Assessment) -> io::Result<()> {
        match self.place {
            Place::Direct { file, .. } => render(self.format, assessment, file),
            Place::Regular { path, permissions } => {
                let draft = draft(&path)?;
                render(self.format, assessment, draft.as_file())?;
                if let Some(permissions) = permissions {
                    draft.as_file().set_permissions(permissions)?;
                }
                draft.persist(path).map(|_| ()).map_err(|error| error.error)
            }
        }
    }
}

fn render(format: &Format, assessment: &Assessment, file: impl Write) -> io::Result<()> {
    let mut writer = BufWriter::new(file);
    (format.write)(assessment, &mut writer)?;
    writer.flush()
}

/// A file that does not exist yet, by a path that two names of it share. A link that leads nowhere is followed to where it leads.
fn new_file(path: &Path) -> Result<PathBuf, OutputError> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&target) else { break };
        target = folder_of(&target).join(next);
    }
    in_its_folder(&target).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => OutputError::NoFolder { path: path.to_owned(), folder: folder_of(&target).to_owned() },
        _ => OutputError::Unwritable { path: path.to_owned(), cause },
    })
}

/// The path with its folder written in the one way that is the same for all of its names.
fn in_its_folder(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    Ok(fs::canonicalize(folder_of(path))?.join(name))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file beside a path, removed unless it is moved there. Its name is short, however long that of the report is, and no other run has it.
fn draft(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".redflag-").suffix(".partial");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less what the umask takes
    builder.tempfile_in(folder_of(path))
}
