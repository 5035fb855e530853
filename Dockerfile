# Build: the program, optimised for size of the image and speed of the server.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --profile dist --package greymatters

# Run: the program alone, as a user that may write nothing but its data.
FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home greymatters
COPY --from=build /src/target/dist/greymatters /usr/local/bin/greymatters
USER greymatters
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENV GREYMATTERS_LISTEN=0.0.0.0:8080 \
    GREYMATTERS_DATABASE_URL=sqlite:/data/greymatters.db \
    GREYMATTERS_LOG_FORMAT=json
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["greymatters", "health"]
ENTRYPOINT ["greymatters"]
CMD ["serve"]
