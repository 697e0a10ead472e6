# A static binary in an empty image:
#   docker build -t argan .
# For this machine alone, nobody asked who they are:
#   docker run -p 127.0.0.1:32010:32010 -p 127.0.0.1:8080:8080 -p 127.0.0.1:10000:10000 -v data:/data -e ARGAN_INSECURE_LET_ANYONE_ON_THE_NETWORK_IN=true argan
# For the network, with users and TLS (docs/security.md), which it does not start without:
#   docker run -v data:/data argan sql --warehouse /data -e "CREATE USER me PASSWORD 'choose one'"
#   docker run -p 32010:32010 -p 8080:8080 -p 10000:10000 -v data:/data -v ./tls:/tls:ro -e ARGAN_TLS_CERT=/tls/cert.pem -e ARGAN_TLS_KEY=/tls/key.pem argan
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/argan ./cmd/argan \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp && chown 65532:65532 /out/data

FROM scratch
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/tmp /tmp
COPY --from=build /out/argan /argan
COPY LICENSE NOTICE /
USER 65532:65532
VOLUME /data
EXPOSE 32010 8080 10000
ENV ARGAN_WAREHOUSE=/data
# Inside a container the ports must be reachable from outside it; what is published is the runner's choice.
ENTRYPOINT ["/argan"]
CMD ["serve", "--listen", "0.0.0.0"]
