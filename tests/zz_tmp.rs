use redflag::{
    assessment::Assessment,
    reports::{find, text},
};
#[test]
fn render() {
    for name in ["full", "only"] {
        let app: Assessment = serde_json::from_str(&std::fs::read_to_string(format!("/tmp/report_gen/{name}.json")).unwrap()).unwrap();
        for width in [100, 60] {
            let mut bytes = Vec::new();
            text::write_styled(&app, false, width, &mut bytes).unwrap();
            std::fs::write(format!("/tmp/report_gen/{name}-{width}.txt"), bytes).unwrap();
        }
        let mut bytes = Vec::new();
        (find("html").unwrap().write)(&app, &mut bytes).unwrap();
        std::fs::write(format!("/tmp/report_gen/{name}.html"), bytes).unwrap();
    }
}
