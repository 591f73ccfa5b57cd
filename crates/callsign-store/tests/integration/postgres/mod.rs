//! The store in PostgreSQL. The tests need a server, which `tests/postgres.sh` starts.

mod connections;
mod database;
mod processes;

use callsign_types::id::ConversationId;
use tokio_postgres::{Client, NoTls};

/// Creates a schema for one test. Returns the URL of the schema, and a client for inspecting it.
/// `None` if there is no server; the test is then skipped.
async fn schema(test: &str) -> Option<(String, Client)> {
    let Ok(url) = std::env::var("CALLSIGN_POSTGRES") else {
        eprintln!("skipped: {test}: there is no server; run tests/postgres.sh");
        return None;
    };
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let schema = format!("s{}", ConversationId::random());
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let options = format!("?application_name={schema}&options=-csearch_path%3D{schema}");
    client.batch_execute(&format!("SET search_path = {schema}")).await.unwrap();
    Some((url + &options, client))
}

/// Terminates the connections of all stores in the client's schema. Returns their number.
async fn terminate_connections(client: &Client) -> i64 {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = current_schema()";
    client.query_one(sql, &[]).await.unwrap().get(0)
}
