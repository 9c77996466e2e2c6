//! `-o FORMAT[=PATH]`: where reports go. Every path is opened before the run, so that an hour of work cannot end at a locked door.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

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
    /// Rendering failed.
    #[error("cannot render the {format} report: {cause}")]
    Render {
        /// The format.
        format: &'static str,
        /// What went wrong.
        cause: io::Error,
    },
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
        let format = reports::find(name).ok_or_else(|| match nearest(name, names()) {
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

/// The reports of a run, every path open.
#[derive(Debug)]
pub(super) struct Outputs {
    files: Vec<Pending>,
    standard: Option<&'static Format>,
}

impl Outputs {
    /// Opens every path, before the run. When nothing was asked for, a summary goes to standard output.
    pub(super) fn open(wanted: &[Output]) -> Result<Self, OutputError> {
        let mut outputs = Self { files: Vec::new(), standard: reports::find(text::NAME).filter(|_| wanted.is_empty()) };
        for output in wanted {
            match &output.path {
                None if outputs.standard.is_some() => {
                    return Err(OutputError::StandardOutputTwice(output.format.name, output.format.extension));
                }
                None => outputs.standard = Some(output.format),
                Some(path) if outputs.files.iter().any(|pending| pending.path == *path) => {
                    return Err(OutputError::SamePath(path.clone()));
                }
                Some(path) => outputs.files.push(Pending::open(output.format, path)?),
            }
        }
        Ok(outputs)
    }

    /// The format that goes to standard output; absent when there are only files.
    pub(super) fn standard(&self) -> Option<&'static Format> {
        self.standard
    }

    /// Writes every report that goes to a file, and says where they lie.
    pub(super) fn write(self, assessment: &Assessment) -> Result<Vec<PathBuf>, OutputError> {
        self.files.into_iter().map(|pending| pending.write(assessment)).collect()
    }
}

/// A file that will hold a report: written beside its path and moved there when whole, so that a reader never sees half of one.
#[derive(Debug)]
struct Pending {
    format: &'static Format,
    path: PathBuf,
    draft: Draft,
}

#[derive(Debug)]
enum Draft {
    /// A regular file: written beside it first.
    Beside { path: PathBuf, file: File },
    /// A pipe or a device: written straight away.
    Direct(File),
}

impl Pending {
    fn open(format: &'static Format, path: &Path) -> Result<Self, OutputError> {
        let unwritable = |cause| OutputError::Unwritable { path: path.to_owned(), cause };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let draft = match fs::metadata(path) {
            Ok(known) if known.is_dir() => return Err(OutputError::IsFolder(path.to_owned())),
            Ok(known) if !known.is_file() => Draft::Direct(OpenOptions::new().write(true).open(path).map_err(unwritable)?),
            Err(_) if !folder.is_dir() => return Err(OutputError::NoFolder { path: path.to_owned(), folder: folder.to_owned() }),
            known => {
                if known.is_ok() {
                    OpenOptions::new().append(true).open(path).map_err(unwritable)?;
                }
                let beside = beside(path);
                let file = File::create(&beside).map_err(unwritable)?;
                Draft::Beside { path: beside, file }
            }
        };
        Ok(Self { format, path: path.to_owned(), draft })
    }

    fn write(mut self, assessment: &Assessment) -> Result<PathBuf, OutputError> {
        let (Draft::Beside { file, .. } | Draft::Direct(file)) = &mut self.draft;
        let mut writer = BufWriter::new(file);
        (self.format.write)(assessment, &mut writer)
            .and_then(|()| writer.flush())
            .map_err(|cause| OutputError::Render { format: self.format.name, cause })?;
        drop(writer);
        if let Draft::Beside { path: beside, .. } = &self.draft {
            fs::rename(beside, &self.path).map_err(|cause| OutputError::Unwritable { path: self.path.clone(), cause })?;
        }
        Ok(self.path.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Draft::Beside { path, .. } = &self.draft {
            // Already moved to its place, or left over from a run that ended early.
            let _ = fs::remove_file(path);
        }
    }
}

/// The draft's name: hidden, and told apart by the process, so that two runs do not meet.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}
