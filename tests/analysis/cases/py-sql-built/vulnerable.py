def find(db, name, day, ids):
    db.execute(f"SELECT * FROM users WHERE id = {day}")  # expect
    db.execute(f"select * from users where name = '{name}'")  # expect
    db.execute(f"SELECT * FROM users WHERE name LIKE '%{name}%'")  # expect
    db.execute("SELECT * FROM users WHERE id = " + day)  # expect
    db.execute("SELECT * FROM users WHERE name = '" + name + "' LIMIT 1")  # expect
    db.execute("SELECT * FROM users WHERE id = %s" % day)  # expect
    db.execute("SELECT * FROM users WHERE name = '%(name)s'" % {"name": name})  # expect
    db.execute("SELECT * FROM users WHERE id = {}".format(day))  # expect
    db.execute("SELECT * FROM users WHERE id = {day}".format(day=day))  # expect
    db.execute(
        "SELECT * FROM users "  # expect
        f"WHERE id = {day}"
    )
    db.executemany(f"INSERT INTO users VALUES ({name}, ?)", ids)  # expect
    db.execute(text(f"UPDATE users SET name = '{name}' WHERE id = 1"))  # expect
    db.execute(f"DELETE FROM users WHERE id={day}")  # expect
    statement = f"""SELECT * -- # expect
        FROM users
        WHERE name = '{name}'
    """
    db.execute(statement)
    return f"SELECT * FROM users WHERE id > {day}"  # expect
