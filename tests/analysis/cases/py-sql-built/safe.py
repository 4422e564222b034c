TABLE = "users"


def find(db, name, day, table, ids, columns):
    db.execute("SELECT * FROM users WHERE id = ?", (day,))
    db.execute("SELECT * FROM users WHERE id = %s", (day,))
    db.execute("SELECT * FROM users " "WHERE id = ?", (day,))
    db.execute(f"SELECT * FROM {table} WHERE id = ?", (day,))
    db.execute(f"SELECT {columns} FROM users WHERE id = ?", (day,))
    db.execute(f"SELECT * FROM users WHERE id IN ({','.join('?' * len(ids))})", ids)
    db.execute(f"SELECT * FROM users WHERE id IN ({placeholders})", ids)
    db.execute("SELECT * FROM users WHERE id IN (%s)" % ",".join("?" * len(ids)), ids)
    db.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})", ids)
    db.execute(f"SELECT * FROM users WHERE id = {int(day)}")
    db.execute(f"SELECT * FROM users WHERE kind = {DEFAULT_KIND}")
    db.execute("SELECT * FROM users WHERE id = %d" % day)
    db.execute("SELECT * FROM " + TABLE + " WHERE id = ?", (day,))
    db.execute(f"SELECT * FROM users JOIN visits v ON users.id = {table}.user")
    db.execute(f"SELECT * FROM users {where}", values)
    raise ValueError(f"update failed, set {table} = {day}")
    raise ValueError(f"cannot select from {table} where id = {day}")
    log.info(f"Select a value from {table} where id = {day}")
    print(f"delete from cart where item = {name}")
    message = f"Update failed where id = {day}"
    label = "select " + name
