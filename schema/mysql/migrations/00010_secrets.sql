-- +goose Up
CREATE TABLE IF NOT EXISTS secrets (
    name  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value BINARY(32) NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin
  COMMENT 'Random keys that all servers of this database share.';

-- +goose Down
DROP TABLE IF EXISTS secrets;
