//! What Postgres does for a listing.

use super::Inventory;
use crate::routes::listing::ListingQuery;
use dramatis_domain::AccountId;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

impl Inventory {
    /// The plan of `GET /v1/listing?query`: the very statement that
    /// `listing_found` runs, as the role it runs as.
    pub async fn listing_plan(&self, query: ListingQuery, creator: Option<AccountId>) -> String {
        let (filter, _, limit) = query.filter(creator).expect("a query");
        let mut db = PgConnection::connect(&self.admin_url)
            .await
            .expect("the database answers");
        let set = format!(
            "SET app.tenant = '{}'; SET ROLE dramatis_owner",
            self.tenant
        );
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut db)
            .await
            .expect("a setting");
        let statement: String =
            sqlx::query_scalar("SELECT listing_statement($1, $2, $3, $4, $5, $6, $7, false)")
                .bind(filter.creator.is_some())
                .bind(filter.vertical.is_some())
                .bind(filter.state.is_some())
                .bind(filter.text.is_some())
                .bind(!filter.tags.is_empty())
                .bind(filter.app.is_some())
                .bind(filter.app_version.is_some())
                .fetch_one(&mut db)
                .await
                .expect("a statement");
        let text = |value: Option<&str>| {
            value.map_or_else(|| "NULL".to_owned(), |value| format!("'{value}'"))
        };
        let creator = filter.creator.map(|creator| creator.to_string());
        let values = [
            text(Some(&self.tenant.to_string())),
            text(Some(filter.kind.as_str())),
            text(creator.as_deref()),
            text(filter.vertical.as_deref()),
            text(filter.state.as_deref()),
            text(filter.text.as_deref()),
            format!("'{{{}}}'", filter.tags.join(",")),
            text(filter.app.as_deref()),
            "NULL, NULL, NULL".to_owned(),
            (limit + 1).to_string(),
        ];
        let sql = format!(
            "SET plan_cache_mode = force_custom_plan;
             PREPARE page (uuid, text, uuid, text, text, text, text[], text, bigint[], timestamptz, uuid, bigint) AS {statement}"
        );
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut db)
            .await
            .expect("a statement");
        let explain = format!(
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE page ({})",
            values.join(", ")
        );
        let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
            .persistent(false)
            .fetch_all(&mut db)
            .await
            .expect("a plan");
        lines.join("\n")
    }
}
