//! Profile pictures.

use http::Method;

use crate::setup::{Answer, PNG, Person, Team};

async fn puts_avatar(person: &Person, bytes: &[u8]) -> Answer {
    let request = person.request(Method::PUT, "/api/me/avatar").body(bytes.to_vec());
    person.sends(request).await
}

#[tokio::test]
async fn a_picture_is_shown_to_others_and_can_run_nothing() {
    let team = Team::new().await;
    let [ann, bob] = team.people(["ann", "bob"]).await;
    let avatar = puts_avatar(&ann, PNG).await.ok()["avatar"].as_str().unwrap().to_owned();
    let picture = bob.get(&avatar).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.body, PNG);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
    assert!(picture.header("cache-control").starts_with("private"));
    team.stranger().get(&avatar).await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn a_new_picture_has_a_new_address_and_none_is_an_error() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let first = puts_avatar(&ann, PNG).await.ok()["avatar"].clone();
    let second = puts_avatar(&ann, PNG).await.ok()["avatar"].clone();
    assert_ne!(first, second);
    assert!(ann.delete("/api/me/avatar").await.ok()["avatar"].is_null());
    ann.get(&format!("/api/people/{}/avatar", ann.id)).await.refused(404, "not_found");
}

#[tokio::test]
async fn only_small_images_are_pictures() {
    let team = Team::new().await;
    let [ann] = team.people(["ann"]).await;
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    for bytes in [&svg[..], b"<html>", b"", b"GI"] {
        puts_avatar(&ann, bytes).await.refused(415, "image_not_supported");
    }
    let mut large = PNG.to_vec();
    large.resize(1024 * 1024 + 1, 0);
    puts_avatar(&ann, &large).await.refused(413, "file_too_large");
    large.truncate(1024 * 1024);
    puts_avatar(&ann, &large).await.ok();
}
