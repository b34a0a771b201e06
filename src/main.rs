//! The `inkout` program.

fn main() -> std::process::ExitCode {
    inkout::cli::main()
}
