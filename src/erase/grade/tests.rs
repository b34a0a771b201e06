use super::*;
use crate::sys::Extent;

/// Everything went well, on ext4 with root.
fn best() -> Evidence {
    Evidence {
        family: Family::Ext,
        journal: true,
        mapping: Mapping::Same,
        shared: false,
        encoded: false,
        inline: false,
        data_journal: false,
        in_place: false,
        kept_versions: false,
        read_back: ReadBack::Direct,
        checkpointed: true,
        attributes: true,
        streams: true,
        scrubbed: true,
        run_on_volume: false,
        use_proved: true,
    }
}

fn traces() -> Traces {
    Traces {
        windows: 64,
        names: 3,
        proved: true,
        ..Traces::default()
    }
}

/// One thing of the best changed.
fn with(change: impl Fn(&mut Evidence)) -> Graded {
    let mut evidence = best();
    change(&mut evidence);
    grade(&evidence)
}

#[test]
fn the_table_of_grades() {
    let letter = |change: &dyn Fn(&mut Evidence)| with(change).grade;
    assert_eq!(letter(&|_| {}), Grade::B);
    assert_eq!(letter(&|e| e.checkpointed = false), Grade::B);
    assert_eq!(letter(&|e| e.data_journal = true), Grade::B);
    assert_eq!(
        letter(&|e| (e.data_journal, e.checkpointed) = (true, false)),
        Grade::D
    );
    assert_eq!(letter(&|e| e.inline = true), Grade::B);
    assert_eq!(
        letter(&|e| (e.inline, e.checkpointed) = (true, false)),
        Grade::D
    );
    assert_eq!(
        letter(&|e| (e.inline, e.family) = (true, Family::Xfs)),
        Grade::D
    );
    assert_eq!(letter(&|e| e.family = Family::Xfs), Grade::B);
    assert_eq!(letter(&|e| e.family = Family::Btrfs), Grade::D);
    assert_eq!(
        letter(&|e| (e.family, e.in_place) = (Family::Btrfs, true)),
        Grade::B
    );
    assert_eq!(letter(&|e| e.family = Family::CopyOnWrite), Grade::D);
    assert_eq!(letter(&|e| e.family = Family::Overlay), Grade::F);
    assert_eq!(letter(&|e| e.family = Family::Network), Grade::F);
    assert_eq!(letter(&|e| e.shared = true), Grade::F);
    assert_eq!(letter(&|e| e.kept_versions = true), Grade::F);
    assert_eq!(letter(&|e| e.encoded = true), Grade::D);
    assert_eq!(letter(&|e| e.mapping = Mapping::Moved(1)), Grade::D);
    assert_eq!(letter(&|e| e.mapping = Mapping::Unknown), Grade::C);
    assert_eq!(letter(&|e| e.read_back = ReadBack::Dropped), Grade::B);
    assert_eq!(letter(&|e| e.read_back = ReadBack::Cached), Grade::C);
    assert_eq!(letter(&|e| e.read_back = ReadBack::Failed), Grade::F);
    assert_eq!(letter(&|e| e.streams = false), Grade::D);
}

#[test]
fn only_a_search_of_the_right_device_makes_an_a() {
    let all = with(|_| {});
    assert!(all.names);
    assert_eq!(searched(&all, &traces()).grade, Grade::A);
    let after = |change: &dyn Fn(&mut Traces)| {
        let mut t = traces();
        change(&mut t);
        searched(&all, &t).grade
    };
    assert_eq!(after(&|t| t.proved = false), Grade::B);
    assert_eq!(after(&|t| t.windows = 0), Grade::B);
    assert_eq!(after(&|t| (t.windows, t.empty) = (0, true)), Grade::A);
    assert_eq!(after(&|t| t.hits = 1), Grade::D);
    assert_eq!(after(&|t| (t.hits, t.proved) = (1, false)), Grade::D);
    assert_eq!(after(&|t| t.name_hits = 1), Grade::B);
    for missing in [
        with(|e| e.checkpointed = false),
        with(|e| e.attributes = false),
        with(|e| e.scrubbed = false),
        with(|e| e.run_on_volume = true),
        with(|e| e.use_proved = false),
        with(|e| e.family = Family::Xfs),
    ] {
        assert!(!missing.names);
        assert_eq!(searched(&missing, &traces()).grade, Grade::B);
    }
    let fuse = with(|e| (e.family, e.mapping) = (Family::Fuse, Mapping::Unknown));
    assert_eq!(
        (fuse.grade, searched(&fuse, &traces()).grade),
        (Grade::C, Grade::A)
    );
    let nameless = Traces {
        names: 0,
        ..traces()
    };
    assert_eq!(searched(&fuse, &nameless).grade, Grade::C);
    for lie in [
        with(|e| e.family = Family::Btrfs),
        with(|e| e.shared = true),
    ] {
        assert!(searched(&lie, &traces()).grade >= Grade::D);
    }
}

#[test]
fn never_better_for_worse_observations() {
    // Every combination of the observations that are yes or no: one more bad one never raises the grade.
    let flips: [fn(&mut Evidence); 12] = [
        |e| e.shared = true,
        |e| e.encoded = true,
        |e| e.inline = true,
        |e| e.data_journal = true,
        |e| e.kept_versions = true,
        |e| e.checkpointed = false,
        |e| e.attributes = false,
        |e| e.streams = false,
        |e| e.scrubbed = false,
        |e| e.run_on_volume = true,
        |e| e.mapping = Mapping::Moved(4096),
        |e| e.read_back = ReadBack::Failed,
    ];
    for family in [
        Family::Ext,
        Family::Xfs,
        Family::Btrfs,
        Family::Fuse,
        Family::Overlay,
    ] {
        for set in 0..1_u32 << flips.len() {
            let mut evidence = Evidence { family, ..best() };
            for (at, flip) in flips.iter().enumerate() {
                if set >> at & 1 == 1 {
                    flip(&mut evidence);
                }
            }
            let before = searched(&grade(&evidence), &traces()).grade;
            for flip in flips {
                let mut worse = evidence;
                flip(&mut worse);
                let after = searched(&grade(&worse), &traces()).grade;
                assert!(after >= before, "{evidence:?} {worse:?}");
            }
        }
    }
}

fn extent(logical: u64, physical: u64, length: u64) -> Extent {
    Extent {
        logical,
        physical,
        length,
        flags: 0,
    }
}

#[test]
fn bytes_that_moved() {
    let before = [extent(0, 1000, 100), extent(200, 5000, 50)];
    assert_eq!(moved(&before, &before), 0);
    // One extent more at the end, two joined, one split: nothing moved.
    let grown = [before[0], before[1], extent(250, 9000, 10)];
    assert_eq!(moved(&before, &grown), 0);
    let split = [extent(0, 1000, 30), extent(30, 1030, 70), before[1]];
    assert_eq!(moved(&before, &split), 0);
    assert_eq!(moved(&split, &before), 0);
    assert_eq!(moved(&before, &[before[0]]), 50);
    assert_eq!(moved(&before, &[]), 150);
    assert_eq!(moved(&before, &[extent(0, 1001, 100), before[1]]), 100);
    assert_eq!(
        moved(
            &before,
            &[extent(0, 1000, 60), extent(60, 7000, 40), before[1]]
        ),
        40
    );
    assert_eq!(moved(&[], &before), 0);
}

#[test]
fn file_systems_by_their_numbers() {
    let of = |magic, fs: &str| {
        Family::of(&Mount {
            magic,
            fs: fs.to_owned(),
            ..Mount::default()
        })
    };
    assert_eq!(of(0xEF53, "ext4"), Family::Ext);
    assert_eq!(of(0x5846_5342, "xfs"), Family::Xfs);
    assert_eq!(of(0x794C_7630, "overlay"), Family::Overlay);
    assert_eq!(of(0x6573_5546, "fuseblk"), Family::Fuse);
    assert_eq!(of(0x6573_5546, "fuse.sshfs"), Family::Network);
    assert_eq!(of(0xFE53_4D42, "cifs"), Family::Network);
    assert_eq!(of(0x2FC1_2FC1, "zfs"), Family::CopyOnWrite);
    assert_eq!(of(1, "new"), Family::Other);
}

#[test]
fn words_of_notes_are_all_different() {
    let ids: BTreeSet<String> = Note::ALL.iter().map(|n| n.id()).collect();
    assert_eq!(ids.len(), Note::ALL.len());
    assert!(ids.contains("journal-names") && !ids.contains(""));
}

#[test]
fn what_a_disk_is() {
    let disk = |rotational, is_virtual| Device {
        rotational,
        is_virtual,
        ..Device::default()
    };
    assert_eq!(
        medium(Family::Ext, &disk(Some(true), false)),
        Medium::Rotational
    );
    assert_eq!(
        medium(Family::Ext, &disk(Some(false), false)),
        Medium::Flash
    );
    assert_eq!(
        medium(Family::Ext, &disk(Some(true), true)),
        Medium::Virtual
    );
    assert_eq!(
        medium(Family::Network, &disk(Some(true), false)),
        Medium::Network
    );
    assert_eq!(medium(Family::Fuse, &disk(None, false)), Medium::Unknown);
}
