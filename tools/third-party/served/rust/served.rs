//! What served.ts asks for, by wstd.
use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_lite::stream::unfold;
use wstd::http::{Body, Client, Error, Request, Response};
use wstd::time::Duration;

static COUNT: AtomicU32 = AtomicU32::new(0);

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    match request.uri().path() {
        "/hello" => {
            let name = request.uri().query().unwrap_or("").trim_start_matches("name=").to_owned();
            Ok(Response::builder().header("x-made-by", "rust").body(format!("Hello, {name}!").into())?)
        }
        "/echo" => {
            let kind = request.headers()["content-type"].clone();
            Ok(Response::builder().header("content-type", kind).body(request.into_body())?)
        }
        "/count" => text(200, (COUNT.fetch_add(1, Ordering::Relaxed) + 1).to_string()),
        "/lines" => Ok(Response::new(Body::from_try_stream(unfold(1, |line| async move {
            if line > 5 {
                return None;
            }
            nap().await;
            Some((Ok::<_, Infallible>(format!("line {line}\n")), line + 1))
        })))),
        "/nap" => {
            nap().await;
            text(200, "slept".into())
        }
        "/fail" => panic!("meant to fail"),
        "/outside" => {
            let asked = Request::get("http://example.com/").body(Body::empty())?;
            match Client::new().send(asked).await {
                Ok(_) => text(200, "reached".into()),
                Err(error) => text(502, error.to_string()),
            }
        }
        "/through" => {
            let to = request.uri().query().unwrap_or("").trim_start_matches("to=").to_owned();
            let asked = Request::builder().method(request.method().clone()).uri(to).header("x-through", "rust");
            match Client::new().send(asked.body(request.into_body())?).await {
                Ok(answer) => {
                    let (head, body) = answer.into_parts();
                    let told = head.headers["x-upstream"].clone();
                    Ok(Response::builder().status(head.status).header("x-upstream", told).body(body)?)
                }
                Err(error) => text(502, error.to_string()),
            }
        }
        _ => text(404, "no such place".into()),
    }
}

fn text(status: u16, text: String) -> Result<Response<Body>, Error> {
    Ok(Response::builder().status(status).body(text.into())?)
}

async fn nap() {
    wstd::task::sleep(Duration::from_millis(30)).await;
}
