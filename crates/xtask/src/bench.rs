//! stub
pub fn chore(_: &[String]) -> anyhow::Result<()> {
    Ok(())
}
